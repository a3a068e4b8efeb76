import type { Cause, Verdict } from '../../../../workflows/domain/finding.ts';
import type { TrueCause, TruePlace, Truth } from './truth.ts';

/**
 * `half`: one of two causes, and nothing wrong. `no-fault`: a fault that was called none. `no-alert`: nobody was told of
 * it in time. `failed`: the diagnosis itself broke.
 */
export const outcomes = [
  'right',
  'half',
  'not-proven',
  'wrong-cause',
  'wrong-node',
  'wrong-device',
  'no-fault',
  'no-alert',
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** What was said against what is true; the text says what differs. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly detail: string;
}

export function judgeVerdict(truth: Truth, verdict: Verdict): Judgement {
  switch (truth.kind) {
    case 'decoy':
    case 'noisy':
    case 'tool':
      return verdict.kind === 'attributed'
        ? { outcome: 'wrong-cause', detail: `${saidText(verdict.causes)}, and nothing is wrong` }
        : right;
    case 'twin':
      return judgeTwin(truth.causes, verdict);
    case 'fault':
    case 'dual':
      return judgeCauses(truth.causes, verdict);
  }
}

const right: Judgement = { outcome: 'right', detail: '' };

/** Two causes that nothing tells apart: to say that it is not proven, and to name one of them, is all that is true. */
function judgeTwin(causes: readonly TrueCause[], verdict: Verdict): Judgement {
  const categories = causes.flatMap((cause) => cause.categories);
  switch (verdict.kind) {
    case 'attributed':
      return {
        outcome: 'wrong-cause',
        detail: `${saidText(verdict.causes)}, and ${categories.join(' or ')} look the same`,
      };
    case 'no-fault':
      return { outcome: 'no-fault', detail: 'called no fault' };
    case 'not-proven': {
      const named = verdict.candidates.map(({ category }) => category);
      return named.some((category) => categories.includes(category))
        ? right
        : { outcome: 'not-proven', detail: `neither ${categories.join(' nor ')} is among ${listed(named)}` };
    }
  }
}

function judgeCauses(causes: readonly TrueCause[], verdict: Verdict): Judgement {
  switch (verdict.kind) {
    case 'no-fault':
      return { outcome: 'no-fault', detail: 'called no fault' };
    case 'not-proven':
      return { outcome: 'not-proven', detail: `candidates ${listed(verdict.candidates.map(causeText))}` };
    case 'attributed':
      return judgeAttributed(causes, verdict.causes);
  }
}

/** Those of the true causes that a verdict names at their right place, whatever else it says. */
export function namedCauses({ causes }: Truth, verdict: Verdict): readonly TrueCause[] {
  const said = verdict.kind === 'attributed' ? verdict.causes : [];
  const named = new Set(said.map((one) => nearest(causes, one).cause));
  return causes.filter((cause) => named.has(cause));
}

/** The worst of what was said counts: whoever reads a verdict acts on all of it. */
function judgeAttributed(causes: readonly TrueCause[], said: readonly Cause[]): Judgement {
  const judged = said.map((one) => ({ one, against: nearest(causes, one) }));
  for (const outcome of ['wrong-cause', 'wrong-node', 'wrong-device'] as const) {
    const wrong = judged.filter(({ against }) => against.outcome === outcome);
    if (wrong.length > 0)
      return { outcome, detail: `${saidText(wrong.map(({ one }) => one))}; true: ${trueText(causes)}` };
  }
  const found = new Set(judged.map(({ against }) => against.cause));
  const missed = causes.filter((cause) => !found.has(cause));
  return missed.length === 0 ? right : { outcome: 'half', detail: `not found: ${trueText(missed)}` };
}

interface Nearest {
  readonly outcome: 'right' | 'wrong-cause' | 'wrong-node' | 'wrong-device';
  readonly cause: TrueCause | null;
}

function nearest(causes: readonly TrueCause[], said: Cause): Nearest {
  const ofCategory = causes.filter(({ categories }) => categories.includes(said.category));
  if (ofCategory.length === 0) return { outcome: 'wrong-cause', cause: null };
  const places = ofCategory.flatMap((cause) => cause.places.map((place) => ({ cause, place })));
  const inNode = places.filter(({ place }) => isInNode(place, said));
  const exact = inNode.find(({ place }) => isDevice(place, said));
  if (exact !== undefined) return { outcome: 'right', cause: exact.cause };
  return { outcome: inNode.length > 0 ? 'wrong-device' : 'wrong-node', cause: null };
}

function isInNode({ nodes, mustNameNode }: TruePlace, { node }: Cause): boolean {
  return node === undefined ? !mustNameNode : nodes.includes(node);
}

function isDevice({ device }: TruePlace, said: Cause): boolean {
  if (device === undefined) return true;
  if (said.device?.kind !== device.kind) return false;
  return device.kind === 'gpu' ? said.device.index === device.index : said.device.name === device.name;
}

function trueText(causes: readonly TrueCause[]): string {
  return causes
    .map(({ categories, places }) => `${categories.join(' or ')} on ${places.map(placeText).join(' or ')}`)
    .join(' and ');
}

function placeText({ nodes, mustNameNode, device }: TruePlace): string {
  if (nodes.length === 0) return 'no single node';
  const where = mustNameNode ? nodes.join(' ') : `${nodes.join(' ')} or no node`;
  if (device === undefined) return where;
  return `${where} ${device.kind === 'gpu' ? `gpu ${device.index}` : device.name}`;
}

function saidText(causes: readonly Cause[]): string {
  return `said ${causes.map(causeText).join(' and ')}`;
}

export function causeText({ category, node, device }: Cause): string {
  const part = device === undefined ? '' : ` ${device.kind} ${device.index ?? device.name ?? ''}`;
  return `${category} on ${node ?? 'no node'}${part}`;
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.slice(0, 3).join(', ');
}

import type { ProbeWish } from '../../workflows/domain/finding.ts';
import type { Category } from '../taxonomy.ts';
import type { Hypothesis } from './hypotheses.ts';
import type { AskableProbe } from './knowledge.ts';
import { causeText } from './places.ts';
import { answersOf, bears, bitsOf, refutingBits } from './probe-answers.ts';
import { afterAnswer, massOf, spreadOver, totalMass, type Masses, type Spread } from './spread.ts';

export interface ChoiceInput {
  readonly probes: readonly AskableProbe[];
  readonly hypotheses: readonly Hypothesis[];
  readonly nodes: readonly string[];
  /** `<probe id>@<node>` of everything already run. */
  readonly ran: ReadonlySet<string>;
  /** Probes that read again what was gathered already; asked for only when nothing else tells anything. */
  readonly rereading?: ReadonlySet<string>;
  /** May probes be asked for that need an idle device? */
  readonly load?: boolean;
  /** Nodes that nobody can log in to: only the management host answers about them. */
  readonly unreachable?: ReadonlySet<string>;
  /** Whether the probe has anything to ask about this node: a controller, an adapter, a mount point. All have when absent. */
  readonly canAsk?: (probe: AskableProbe, node: string) => boolean;
}

/** Kinds of probes of one round. */
export const wishesMax = 3;
/** Nodes of one wish: as many as an inventory may list. */
export const nodesPerWishMax = 1000;

// Less than this many bits is not worth a login, and of what may disturb a job a sixth of a bit (our judgement).
const gainBitsMin = { passive: 0.05, light: 0.17, load: 0.17 } as const;

// `light` may disturb the job for a moment, `load` needs it off the GPU: worth that many times their seconds.
const impactFactor = { passive: 1, light: 5, load: 100 } as const;
// What a probe costs beside its own command: login, evidence stored, its share of the round that it takes (our judgement:
// else the cheapest reads always come first, though nobody waits less for them).
const besideMs = 1_000;
// How many nodes are asked at once.
const nodesAtOnce = 16;

/**
 * The probes that tell the hypotheses apart best per second of cost and impact, best first. Each further one is
 * chosen as if the ones before it had found nothing, so that two probes never measure the same thing twice.
 */
export function chooseProbes(input: ChoiceInput, count = wishesMax): readonly ProbeWish[] {
  const wishes: ProbeWish[] = [];
  const open = openNodes(input);
  let spread = spreadOver(input.hypotheses, input.nodes);
  for (let n = 0; n < Math.min(count, wishesMax); n += 1) {
    const wished = new Set(wishes.map((wish) => wish.probeId));
    const rereading = input.rereading ?? [];
    const fresh = bestProbe(spread, input, open, new Set([...wished, ...rereading]));
    const best = fresh ?? (wishes.length === 0 ? bestProbe(spread, input, open, wished) : null);
    if (best === null) break;
    wishes.push(best.wish);
    spread = afterAnswer(spread, new Set(best.wish.nodes), (category) => answersOf(best.probe, category).clean);
  }
  return wishes;
}

/**
 * The probe most likely to speak against the leading cause if it is wrong: expected weight of evidence (relative
 * entropy of the answers without and with the cause), per second. Null when no probe that is left could.
 */
export function chooseRefuter(leader: Hypothesis, input: ChoiceInput): ProbeWish | null {
  const nodes = leader.place.node !== undefined ? [leader.place.node] : input.nodes.slice(0, nodesPerWishMax);
  const open = openNodes(input);
  let best: { readonly wish: ProbeWish; readonly rate: number } | null = null;
  for (const probe of input.probes) {
    if (probe.impact === 'load' || !bears(probe, leader.category)) continue;
    const gainBits = refutingBits(probe, leader.category);
    if (gainBits < refuteBitsMin) continue;
    const asked = open.among(probe, nodes);
    if (asked.length === 0) continue;
    const costMs = wishCostMs(probe, asked.length);
    const rate = gainBits / (costMs / 1000);
    if (best !== null && rate <= best.rate) continue;
    const cause = causeText({ category: leader.category, ...leader.place });
    const why = `would speak against ${cause} if it is wrong`;
    best = { rate, wish: { probeId: probe.id, nodes: asked, why, gainBits: round(gainBits), costMs } };
  }
  return best?.wish ?? null;
}

// A tenth of a bit: a probe that hardly answers differently cannot refute.
const refuteBitsMin = 0.1;

/** Expected milliseconds of a wish, weighed by its impact. */
export function wishCostMs(probe: AskableProbe, nodeCount: number): number {
  return (probe.costMs + besideMs) * impactFactor[probe.impact] * Math.ceil(nodeCount / nodesAtOnce);
}

/** Which nodes a probe has still to be asked about, and can be. */
interface OpenNodes {
  among(probe: AskableProbe, nodes: readonly string[]): readonly string[];
}

export function openNodes({
  ran,
  unreachable,
  canAsk,
}: Pick<ChoiceInput, 'ran' | 'unreachable' | 'canAsk'>): OpenNodes {
  const ranAt = new Map<string, Set<string>>();
  for (const one of ran) {
    const at = one.lastIndexOf('@');
    const nodes = ranAt.get(one.slice(0, at)) ?? new Set<string>();
    ranAt.set(one.slice(0, at), nodes.add(one.slice(at + 1)));
  }
  return {
    among(probe, nodes) {
      const done = ranAt.get(probe.id);
      const lost = probe.via === 'management' ? undefined : unreachable;
      if (done === undefined && (lost?.size ?? 0) === 0 && canAsk === undefined) return nodes;
      return nodes.filter(
        (node) => done?.has(node) !== true && lost?.has(node) !== true && (canAsk?.(probe, node) ?? true),
      );
    },
  };
}

interface Best {
  readonly probe: AskableProbe;
  readonly wish: ProbeWish;
}

function bestProbe(spread: Spread, input: ChoiceInput, open: OpenNodes, except: ReadonlySet<string>): Best | null {
  const total = totalMass(spread);
  let best: {
    readonly probe: AskableProbe;
    readonly asked: Asked;
    readonly gainBits: number;
    readonly rate: number;
  } | null = null;
  for (const probe of input.probes) {
    if (except.has(probe.id) || (probe.impact === 'load' && input.load !== true)) continue;
    const asked = worthwhileNodes(probe, spread, open, input.nodes);
    if (asked.count === 0) continue;
    const gainBits = informationGain(spread, probe, asked, total);
    const rate = gainBits / (wishCostMs(probe, asked.count) / 1000);
    if (gainBits < gainBitsMin[probe.impact] || (best !== null && rate <= best.rate)) continue;
    best = { probe, asked, gainBits, rate };
  }
  if (best === null) return null;
  const { probe, asked, gainBits } = best;
  const wish = {
    probeId: probe.id,
    nodes: inOrder(asked, input.nodes).slice(0, nodesPerWishMax),
    why: whyText(probe, spread, gainBits),
    gainBits: round(gainBits),
    costMs: wishCostMs(probe, asked.count),
  };
  return { probe, wish };
}

/** Of each group of the spread the nodes to ask. */
interface Asked {
  readonly count: number;
  readonly nodes: readonly (readonly string[])[];
  /** Of one node of each group. */
  readonly suspicion: readonly number[];
}

/** Suspected nodes; of a cause of the job as a whole, which shows on any, one. A node that answered is not asked again. */
function worthwhileNodes(probe: AskableProbe, spread: Spread, open: OpenNodes, all: readonly string[]): Asked {
  const suspicion = spread.groups.map(({ masses }) => bearingMass(probe, masses));
  const suspected = spread.groups.map(({ nodes }, at) => ((suspicion[at] ?? 0) > 0 ? open.among(probe, nodes) : []));
  const count = suspected.reduce((sum, nodes) => sum + nodes.length, 0);
  if (count > 0) return { count, nodes: suspected, suspicion };
  if (bearingMass(probe, spread.ofJob) === 0) return { count: 0, nodes: [], suspicion };
  const [first] = open.among(probe, all);
  if (first === undefined) return { count: 0, nodes: [], suspicion };
  return { count: 1, nodes: spread.groups.map(({ nodes }) => nodes.filter((node) => node === first)), suspicion };
}

function bearingMass(probe: AskableProbe, masses: Masses): number {
  let sum = 0;
  for (const [category, mass] of masses) if (bears(probe, category)) sum += mass;
  return sum;
}

/** Most suspected first; those that nothing tells apart stay in the order of the inventory. */
function inOrder({ nodes, suspicion }: Asked, all: readonly string[]): readonly string[] {
  const [only, ...more] = nodes.filter((group) => group.length > 0);
  if (more.length === 0) return only ?? [];
  const places = new Map(all.map((node, at) => [node, at]));
  return nodes
    .flatMap((group, at) =>
      group.map((node) => ({ node, suspicion: suspicion[at] ?? 0, place: places.get(node) ?? 0 })),
    )
    .toSorted((a, b) => b.suspicion - a.suspicion || a.place - b.place)
    .map(({ node }) => node);
}

/** Mutual information between the causes and the answers, in bits. An answer is an outcome and the node that gave it. */
function informationGain(spread: Spread, probe: AskableProbe, asked: Asked, total: number): number {
  // Fault answers that name no node: of causes of the whole job, and of nodes that are not asked.
  const unplaced = mixture(probe);
  unplaced.addAll(spread.ofJob, 1 / total);
  let unasked = spread.elsewhereTotal / total;
  let answerBits = 0;
  let clean = 0;
  let conditional = 0;
  for (const [at, { nodes, masses, total: mass }] of spread.groups.entries()) {
    const count = asked.nodes[at]?.length ?? 0;
    unasked += ((nodes.length - count) * mass) / total;
    if (count === 0) continue;
    const here = mixture(probe);
    here.addAll(masses, 1 / total);
    answerBits += count * here.faultBits();
    clean += count * here.clean;
    conditional += count * here.conditional;
  }
  unplaced.add(null, unasked);
  answerBits += unplaced.faultBits() + bitsOf(clean + unplaced.clean);
  return Math.max(0, answerBits - conditional - unplaced.conditional);
}

/** The answers of a probe over several causes. */
interface Mixture {
  clean: number;
  /** Entropy that is left when the cause is known, bits. */
  conditional: number;
  add(category: Category | null, share: number): void;
  addAll(masses: Masses, scale: number): void;
  faultBits(): number;
}

function mixture(probe: AskableProbe): Mixture {
  const faults = answersOf(probe, null).faults.map(() => 0);
  const mixed: Mixture = {
    clean: 0,
    conditional: 0,
    add(category, share) {
      const answers = answersOf(probe, category);
      for (const [at, p] of answers.faults.entries()) faults[at] = (faults[at] ?? 0) + share * p;
      mixed.clean += share * answers.clean;
      mixed.conditional += share * answers.bits;
    },
    addAll(masses, scale) {
      // Causes that it says nothing about are one to it.
      let others = 0;
      for (const [category, mass] of masses)
        if (bears(probe, category)) mixed.add(category, mass * scale);
        else others += mass * scale;
      mixed.add(null, others);
    },
    faultBits: () => faults.reduce((sum, p) => sum + bitsOf(p), 0),
  };
  return mixed;
}

function whyText(probe: AskableProbe, spread: Spread, gainBits: number): string {
  const told = spread.categories
    .filter((category) => bears(probe, category))
    .map((category) => ({ category, share: massOf(spread, category) }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 2)
    .map(({ category }) => category);
  return `tells ${told.join(' and ')} from the rest: ${gainBits.toFixed(2)} bits expected`;
}

function round(bits: number): number {
  return Number(bits.toFixed(3));
}

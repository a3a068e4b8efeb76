import type { ProbeWish, RankedCause, Verdict } from '../../../workflows/domain/finding.ts';
import { performanceCompare } from '../../performance/as-probe.ts';
import type { Graph } from '../graph.ts';
import { causeText } from '../places.ts';
import { chooseRefuter, openNodes, wishCostMs, type ChoiceInput } from '../probe-choice.ts';
import type { Reasoned } from '../rounds.ts';
import { withinBatch } from '../wishes.ts';
import { withOpinion, withVerdictOf } from './graph-nodes.ts';
import { leadingOf, type Opinion, type OpinionHypothesis } from './opinion.ts';

/** What a round knows beside what it concluded. */
export interface MergeContext {
  readonly round: 1 | 2 | 3;
  /** The round may ask for one more batch of probes before it must end. */
  readonly mayAsk: boolean;
  readonly previousGraph: Graph | null;
  /** Ids of the round's findings. */
  readonly findings: ReadonlySet<string>;
  /** What probes are there, and what of them was run. */
  readonly choice: ChoiceInput;
  /** The job's speed can be compared again, and was not since the rounds began. */
  readonly compares: boolean;
}

/** A cause that a model does not hold likelier than all others together is no reason to doubt another. */
const leadingMin = 0.5;

/**
 * What the rules concluded, with the model's part beside it. The model's claims stand in the graph, its probes are asked
 * for; a verdict it can only doubt. A doubt is first put to one probe that bears on what the model thinks; what is read
 * there the rules weigh by themselves. After that their verdict stands, marked as disputed where it names a cause.
 */
export function mergeOpinion(reasoned: Reasoned, opinion: Opinion, context: MergeContext): Reasoned {
  const sound = groundedIn(opinion, context.findings);
  const graph = withOpinion(reasoned.graph, sound, context.round);
  const { verdict } = reasoned;
  if (verdict === null)
    return {
      ...reasoned,
      graph,
      // The rules' own come first where one batch cannot take all.
      wantedProbes: withinBatch([...reasoned.wantedProbes, ...furtherWishes(reasoned, sound, context)]),
    };
  const doubt = doubtOf(verdict, sound);
  if (doubt === null) return { ...reasoned, graph };
  const said = `${verdictText(verdict)}, the model ${causeText(doubt)}`;
  const deciding = context.mayAsk && !wasAsked(context.previousGraph) ? decidingWish(doubt, context) : null;
  if (deciding !== null) {
    const summary = `The rules say ${said}; ${deciding.probeId} is asked first.`;
    return {
      ...reasoned,
      graph: withVerdictOf(graph, doubt, `${deciderMark} ${summary}`, context.round),
      verdict: null,
      wantedProbes: [deciding],
      summary: `Round ${context.round}: ${summary}`,
    };
  }
  const text = `The rules say ${said}; nothing that may be asked decides it, so the rules stand.`;
  return {
    ...reasoned,
    graph: withVerdictOf(graph, doubt, text, context.round),
    verdict: { ...verdict, disputed: true },
    summary: `${reasoned.summary} The model differs: ${causeText(doubt)}.`,
  };
}

/** What names findings that this round does not have counts no more than what names none. */
function groundedIn(opinion: Opinion, findings: ReadonlySet<string>): Opinion {
  const hypotheses = opinion.hypotheses.map((hypothesis): OpinionHypothesis => {
    const claims = hypothesis.claims.map((claim) =>
      claim.struck !== undefined || claim.findingIds.every((id) => findings.has(id))
        ? claim
        : { ...claim, struck: 'cites a finding that the round does not have' },
    );
    return { ...hypothesis, claims, stands: hypothesis.stands && claims.some(({ struck }) => struck === undefined) };
  });
  return { ...opinion, hypotheses };
}

/** The model's probes ride along with a batch of the rules; in round 2 they may be one by themselves. */
function furtherWishes(
  { wantedProbes }: Reasoned,
  { probes, predictSpeed }: Opinion,
  { round, choice, compares }: MergeContext,
): readonly ProbeWish[] {
  if (round === 1 || (round === 3 && wantedProbes.length === 0)) return [];
  const wished = new Set(wantedProbes.map(({ probeId }) => probeId));
  const open = openNodes(choice);
  const of = probes.flatMap(({ probeId, nodes }): readonly ProbeWish[] => {
    const probe = choice.probes.find(({ id }) => id === probeId);
    if (probe === undefined || probe.impact === 'load' || wished.has(probeId)) return [];
    const asked = open.among(
      probe,
      choice.nodes.filter((node) => nodes.includes(node)),
    );
    return asked.length === 0 ? [] : [wish(probeId, asked, wishCostMs(probe, asked.length))];
  });
  const speed =
    predictSpeed && compares && !wished.has(performanceCompare.id)
      ? [wish(performanceCompare.id, [], performanceCompare.costMs)]
      : [];
  return [...of, ...speed];
}

function wish(probeId: string, nodes: readonly string[], costMs: number): ProbeWish {
  return { probeId, nodes, why: 'the model asks for it', gainBits: 0, costMs };
}

/** The cause that the model leads with, where the rules' verdict says otherwise; null where they agree. */
function doubtOf(verdict: Verdict, opinion: Opinion): RankedCause | null {
  const leading = leadingOf(opinion);
  if (leading === undefined || leading.category === 'unlisted' || leading.probability < leadingMin) return null;
  const { category, node, device, probability } = leading;
  const cause: RankedCause = {
    category,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
    probability,
    because: [],
  };
  switch (verdict.kind) {
    case 'attributed':
      return verdict.causes.some((known) => isSame(known, cause)) ? null : cause;
    case 'not-proven':
      return verdict.candidates[0] !== undefined && isSame(verdict.candidates[0], cause) ? null : cause;
    case 'no-fault':
      return cause;
  }
}

function isSame(a: RankedCause, b: RankedCause): boolean {
  return a.category === b.category && (a.node === undefined || b.node === undefined || a.node === b.node);
}

/** A probe that would speak against the model's cause if it is wrong, on the nodes of that cause. */
function decidingWish(cause: RankedCause, { choice }: MergeContext): ProbeWish | null {
  const { category, node } = cause;
  const chosen = chooseRefuter(
    {
      category,
      place: node === undefined ? {} : { node },
      logOdds: 0,
      probability: cause.probability,
      for: [],
      against: [],
      followsFrom: null,
      recalled: [],
    },
    choice,
  );
  return chosen === null
    ? null
    : { ...chosen, why: `the model thinks of ${causeText(cause)}: this would speak against it if it is wrong` };
}

const deciderMark = 'Disputed.';

/** Once an incident: else a model that never agrees would ask for ever. */
function wasAsked(graph: Graph | null): boolean {
  return (
    graph?.nodes.some(
      ({ by, round, type, text }) =>
        by === 'model' && round === 3 && type === 'verification' && text.startsWith(deciderMark),
    ) ?? false
  );
}

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'attributed':
      return verdict.causes.map((cause) => causeText(cause)).join(' and ');
    case 'no-fault':
      return 'no fault';
    case 'not-proven':
      return 'that nothing is proven';
  }
}

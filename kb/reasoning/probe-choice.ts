import type { ProbeWish } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { granularity } from './granularity.ts';
import { weightOf, type Hypothesis } from './hypotheses.ts';
import type { AskableProbe } from './knowledge.ts';
import { causeText } from './places.ts';

export interface ChoiceInput {
  readonly probes: readonly AskableProbe[];
  readonly hypotheses: readonly Hypothesis[];
  readonly nodes: readonly string[];
  /** `<probe id>@<node>` of everything already run. */
  readonly ran: ReadonlySet<string>;
  /** Probes that read again what was gathered already; asked for only when nothing else tells anything. */
  readonly rereading?: ReadonlySet<string>;
}

/** Wishes of one round. */
export const wishesMax = 3;
/** Nodes of one wish: as many as an inventory may list. */
export const nodesPerWishMax = 1000;

// What a declared outcome is seen with where its cause is absent: one false alarm in fifty readings (our judgement;
// an outcome of weight w is then seen with its cause in 0.02 e^w of readings, at most `seenMax`).
const falseAlarm = 0.02;
const seenMax = 0.95;
// Less than this many bits is not worth a login.
const gainBitsMin = 0.05;

// `light` may disturb the job for a moment, `heavy` needs it off the GPU: worth that many times their seconds.
const impactFactor = { none: 1, light: 5, heavy: 100 } as const;
// SSH login to a node on a healthy network, and how many nodes are asked at once.
const loginMs = 300;
const nodesAtOnce = 16;

/**
 * The probes that tell the hypotheses apart best per second of cost and impact, best first. Each further one is
 * chosen as if the ones before it had found nothing, so that two probes never measure the same thing twice.
 */
export function chooseProbes(input: ChoiceInput, count = wishesMax): readonly ProbeWish[] {
  const wishes: ProbeWish[] = [];
  let spread = spreadOverNodes(input.hypotheses, input.nodes);
  for (let n = 0; n < Math.min(count, wishesMax); n += 1) {
    const wished = new Set(wishes.map((wish) => wish.probeId));
    const rereading = input.rereading ?? [];
    const fresh = bestProbe(spread, input, new Set([...wished, ...rereading]));
    const best = fresh ?? (wishes.length === 0 ? bestProbe(spread, input, wished) : null);
    if (best === null) break;
    wishes.push(best.wish);
    spread = afterClean(spread, best.probe, new Set(best.wish.nodes));
  }
  return wishes;
}

/** One hypothesis at one node; causes without a place are spread over all nodes that might have them. */
interface Located {
  readonly hypothesis: Hypothesis;
  readonly node: string | null;
  readonly probability: number;
}

function spreadOverNodes(hypotheses: readonly Hypothesis[], nodes: readonly string[]): readonly Located[] {
  return hypotheses.flatMap((hypothesis): readonly Located[] => {
    const { place, probability } = hypothesis;
    if (place.node !== undefined) return [{ hypothesis, node: place.node, probability }];
    if (granularity(hypothesis.category) === 'job' || nodes.length === 0)
      return [{ hypothesis, node: null, probability }];
    return nodes.map((node) => ({ hypothesis, node, probability: probability / nodes.length }));
  });
}

function bestProbe(
  spread: readonly Located[],
  input: ChoiceInput,
  except: ReadonlySet<string>,
): { readonly probe: AskableProbe; readonly wish: ProbeWish } | null {
  let best: { readonly probe: AskableProbe; readonly wish: ProbeWish; readonly rate: number } | null = null;
  for (const probe of input.probes) {
    if (except.has(probe.id)) continue;
    const nodes = worthwhileNodes(probe, spread, input);
    if (nodes.length === 0) continue;
    const gainBits = informationGain(spread, probe, new Set(nodes));
    const costMs = wishCostMs(probe, nodes.length);
    const rate = gainBits / (costMs / 1000);
    if (gainBits < gainBitsMin || (best !== null && rate <= best.rate)) continue;
    best = {
      probe,
      rate,
      wish: { probeId: probe.id, nodes, why: whyText(probe, spread, gainBits), gainBits: round(gainBits), costMs },
    };
  }
  return best;
}

/** Suspected nodes first; where the place is open, all of them. A node that answered already is not asked again. */
function worthwhileNodes(probe: AskableProbe, spread: readonly Located[], input: ChoiceInput): readonly string[] {
  const suspicion = new Map<string, number>();
  for (const { hypothesis, node, probability } of spread)
    if (node !== null && bears(probe, hypothesis)) suspicion.set(node, (suspicion.get(node) ?? 0) + probability);
  const open = input.nodes.filter((node) => !input.ran.has(`${probe.id}@${node}`));
  const suspected = open.filter((node) => (suspicion.get(node) ?? 0) > 0);
  if (suspected.length > 0)
    return suspected.toSorted((a, b) => (suspicion.get(b) ?? 0) - (suspicion.get(a) ?? 0)).slice(0, nodesPerWishMax);
  // A cause of the job as a whole shows on any node.
  return spread.some(({ hypothesis, node }) => node === null && bears(probe, hypothesis)) ? open.slice(0, 1) : [];
}

function bears(probe: AskableProbe, hypothesis: Hypothesis): boolean {
  return probe.outcomes.some((kind) => weightOf(kind, hypothesis.category) !== 0);
}

/** Mutual information between the causes and the answers, in bits. An answer is an outcome and the node that gave it. */
function informationGain(spread: readonly Located[], probe: AskableProbe, nodes: ReadonlySet<string>): number {
  const total = spread.reduce((sum, { probability }) => sum + probability, 0);
  const answers = new Map<string, number>();
  let conditional = 0;
  const distributions = new Map<string, readonly (readonly [string, number])[]>();
  for (const { hypothesis, node, probability } of spread) {
    const share = probability / total;
    const asked = node === null || nodes.has(node);
    const key = asked ? hypothesis.category : '';
    const distribution = distributions.get(key) ?? answerDistribution(probe, asked ? hypothesis.category : null);
    distributions.set(key, distribution);
    for (const [outcome, p] of distribution) {
      const answer = outcome === cleanAnswer ? cleanAnswer : `${outcome}@${asked ? (node ?? '') : ''}`;
      answers.set(answer, (answers.get(answer) ?? 0) + share * p);
    }
    conditional += share * entropy(distribution.map(([, p]) => p));
  }
  return Math.max(0, entropy([...answers.values()]) - conditional);
}

const cleanAnswer = 'clean';

/**
 * P(answer | cause), or without any of the causes (`null`). The clean kind's weight states how often a present cause is missed; without one, the strongest
 * outcome's weight over the false-alarm rate does. Outcomes share what is seen in proportion to their weights.
 */
export function answerDistribution(
  probe: AskableProbe,
  category: Hypothesis['category'] | null,
): readonly (readonly [answer: string, probability: number])[] {
  const faults = probe.outcomes.filter((kind) => !isClean(kind));
  const weightOn = (kind: FindingKind): number => (category === null ? 0 : weightOf(kind, category));
  const factors = faults.map((kind) => Math.exp(weightOn(kind)));
  const factorSum = factors.reduce((sum, factor) => sum + factor, 0);
  const cleanWeight = Math.min(0, ...probe.outcomes.filter(isClean).map(weightOn));
  const seen =
    factorSum === 0
      ? 0
      : Math.min(
          seenMax,
          cleanWeight < 0 ? 1 - (1 - falseAlarm) * Math.exp(cleanWeight) : falseAlarm * Math.max(...factors),
        );
  return [
    ...faults.map((kind, index): [string, number] => [kind.id, seen * ((factors[index] ?? 0) / factorSum)]),
    [cleanAnswer, 1 - seen],
  ];
}

function isClean(kind: FindingKind): boolean {
  return kind.role === 'clean';
}

function afterClean(spread: readonly Located[], probe: AskableProbe, nodes: ReadonlySet<string>): readonly Located[] {
  return spread.map((located) => {
    if (located.node !== null && !nodes.has(located.node)) return located;
    const clean = answerDistribution(probe, located.hypothesis.category).find(([answer]) => answer === cleanAnswer);
    return { ...located, probability: located.probability * (clean?.[1] ?? 1) };
  });
}

/**
 * The probe most likely to speak against the leading cause if it is wrong: expected weight of evidence (relative
 * entropy of the answers without and with the cause), per second. Null when no probe that is left could.
 */
export function chooseRefuter(leader: Hypothesis, input: ChoiceInput): ProbeWish | null {
  const nodes = leader.place.node !== undefined ? [leader.place.node] : input.nodes.slice(0, nodesPerWishMax);
  let best: { readonly wish: ProbeWish; readonly rate: number } | null = null;
  for (const probe of input.probes) {
    const open = nodes.filter((node) => !input.ran.has(`${probe.id}@${node}`));
    if (open.length === 0 || probe.impact === 'heavy' || !bears(probe, leader)) continue;
    const gainBits = relativeEntropy(answerDistribution(probe, null), answerDistribution(probe, leader.category));
    const costMs = wishCostMs(probe, open.length);
    const rate = gainBits / (costMs / 1000);
    if (gainBits < refuteBitsMin || (best !== null && rate <= best.rate)) continue;
    const cause = causeText({ category: leader.category, ...leader.place });
    best = {
      rate,
      wish: {
        probeId: probe.id,
        nodes: open,
        why: `would speak against ${cause} if it is wrong`,
        gainBits: round(gainBits),
        costMs,
      },
    };
  }
  return best?.wish ?? null;
}

// A tenth of a bit: a probe that hardly answers differently cannot refute.
const refuteBitsMin = 0.1;

/** Expected milliseconds of a wish, weighed by its impact. */
export function wishCostMs(probe: AskableProbe, nodeCount: number): number {
  return (probe.costMs + loginMs) * impactFactor[probe.impact] * Math.ceil(nodeCount / nodesAtOnce);
}

function whyText(probe: AskableProbe, spread: readonly Located[], gainBits: number): string {
  const shares = new Map<string, number>();
  for (const { hypothesis, probability } of spread)
    if (bears(probe, hypothesis)) shares.set(hypothesis.category, (shares.get(hypothesis.category) ?? 0) + probability);
  const told = [...shares]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([category]) => category);
  return `tells ${told.join(' and ')} from the rest: ${gainBits.toFixed(2)} bits expected`;
}

function entropy(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0);
}

function relativeEntropy(p: readonly (readonly [string, number])[], q: readonly (readonly [string, number])[]): number {
  const other = new Map(q);
  return p.reduce((sum, [answer, chance]) => {
    const there = other.get(answer) ?? 0;
    return chance > 0 && there > 0 ? sum + chance * Math.log2(chance / there) : sum;
  }, 0);
}

function round(bits: number): number {
  return Number(bits.toFixed(3));
}

import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Category } from '../taxonomy.ts';
import { weightOf } from './hypotheses.ts';
import type { AskableProbe } from './knowledge.ts';

// What a declared outcome is seen with where its cause is absent: one false alarm in fifty readings (our judgement;
// an outcome of weight w is then seen with its cause in 0.02 e^w of readings, at most `seenMax`).
const falseAlarm = 0.02;
const seenMax = 0.95;

/** What a probe may answer: each of its faults, and last of all that it is clean. */
export interface Answers {
  /** In the order of the probe's outcomes; they sum to 1 less `clean`. */
  readonly faults: readonly number[];
  readonly clean: number;
  /** Entropy of the answers, bits. */
  readonly bits: number;
}

/**
 * P(answer | cause), or without any of the causes (`null`). The clean kind's weight states how often a present cause is
 * missed; without one, the strongest outcome's weight over the false-alarm rate does. Outcomes share what is seen in
 * proportion to their weights.
 */
export function answersOf(probe: AskableProbe, category: Category | null): Answers {
  const { answers, cleanKinds, faultKinds } = knownOf(probe);
  // Of a cause that it says nothing about, a probe says what it says without any.
  const about = category !== null && bears(probe, category) ? category : null;
  const known = answers.get(about);
  if (known !== undefined) return known;
  const weightOn = (kind: FindingKind): number => (about === null ? 0 : weightOf(kind, about));
  const factors = faultKinds.map((kind) => Math.exp(weightOn(kind)));
  const factorSum = factors.reduce((sum, factor) => sum + factor, 0);
  const cleanWeight = Math.min(0, ...cleanKinds.map(weightOn));
  const seen =
    factorSum === 0
      ? 0
      : Math.min(
          seenMax,
          cleanWeight < 0 ? 1 - (1 - falseAlarm) * Math.exp(cleanWeight) : falseAlarm * Math.max(...factors),
        );
  const faults = factors.map((factor) => seen * (factor / factorSum));
  const found = { faults, clean: 1 - seen, bits: entropy([...faults, 1 - seen]) };
  answers.set(about, found);
  return found;
}

/** Does any of its answers speak for or against a cause of this category? */
export function bears(probe: AskableProbe, category: Category): boolean {
  return knownOf(probe).bearing.has(category);
}

/** The relative entropy of what a probe answers without and with the cause, bits. */
export function refutingBits(probe: AskableProbe, category: Category): number {
  const [without, given] = [answersOf(probe, null), answersOf(probe, category)];
  const term = (p: number, q: number): number => (p > 0 && q > 0 ? p * Math.log2(p / q) : 0);
  return (
    without.faults.reduce((sum, p, at) => sum + term(p, given.faults[at] ?? 0), 0) + term(without.clean, given.clean)
  );
}

function entropy(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => sum + bitsOf(p), 0);
}

/** What an answer of this probability adds to the entropy, bits. */
export function bitsOf(p: number): number {
  return p > 0 ? -p * Math.log2(p) : 0;
}

interface Known {
  readonly faultKinds: readonly FindingKind[];
  readonly cleanKinds: readonly FindingKind[];
  readonly bearing: ReadonlySet<string>;
  readonly answers: Map<Category | null, Answers>;
}

/** Of a declaration, which does not change: reckoned once. */
const known = new WeakMap<AskableProbe, Known>();

function knownOf(probe: AskableProbe): Known {
  const before = known.get(probe);
  if (before !== undefined) return before;
  const bearing = probe.outcomes.flatMap(({ weighs }) =>
    Object.entries(weighs).flatMap(([category, weight]) => (weight === 0 ? [] : [category])),
  );
  const found: Known = {
    faultKinds: probe.outcomes.filter(({ role }) => role !== 'clean'),
    cleanKinds: probe.outcomes.filter(({ role }) => role === 'clean'),
    bearing: new Set(bearing),
    answers: new Map(),
  };
  known.set(probe, found);
  return found;
}

import type { Verdict } from '../../../../workflows/domain/finding.ts';

/** What is known of a recorded case, and what was said of it. */
export interface Judged {
  readonly name: string;
  /** The confirmed cause; `null` where the log cannot tell one, or nothing is wrong. */
  readonly expected: string | null;
  /** Where the case leaves only one right verdict. */
  readonly expectedVerdict: Verdict['kind'] | null;
  readonly verdict: Verdict['kind'];
  /** Categories, best first; none where it said that nothing is wrong. */
  readonly ranked: readonly string[];
  readonly firstFaultRight: boolean;
}

/** A share with its 95 % interval. */
export interface Share {
  readonly right: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

export interface Score {
  readonly cases: number;
  readonly categories: number;
  readonly top1: Share;
  readonly top3: Share;
  /** Of what was attributed, decoys included: how much of it was right. */
  readonly attributedPrecision: Share;
  /** Of the cases with a confirmed cause: how many were attributed at all. */
  readonly attributedCoverage: Share;
  /** Cases without a cause to be told: how many got the right verdict. */
  readonly decoysRight: Share;
  readonly firstFault: Share;
  readonly microF1: number;
  readonly macroF1: number;
  readonly confusions: readonly {
    readonly expected: string;
    readonly said: string;
    readonly cases: readonly string[];
  }[];
}

export function scoreOf(judged: readonly Judged[]): Score {
  const told = judged.filter(({ expected }) => expected !== null);
  const decoys = judged.filter(({ expected }) => expected === null);
  const attributed = judged.filter(({ verdict }) => verdict === 'attributed');
  const labels = [...new Set(told.flatMap(({ expected }) => expected ?? []))].toSorted();
  return {
    cases: judged.length,
    categories: labels.length,
    top1: shareOf(told, isRight),
    top3: shareOf(told, ({ expected, ranked }) => expected !== null && ranked.slice(0, 3).includes(expected)),
    attributedPrecision: shareOf(attributed, isRight),
    attributedCoverage: shareOf(told, ({ verdict }) => verdict === 'attributed'),
    decoysRight: shareOf(decoys, ({ verdict, expectedVerdict }) => verdict === (expectedVerdict ?? verdict)),
    firstFault: shareOf(judged, ({ firstFaultRight }) => firstFaultRight),
    microF1: f1(judged, labels),
    macroF1: labels.length === 0 ? 0 : labels.reduce((sum, label) => sum + f1(judged, [label]), 0) / labels.length,
    confusions: confusionsOf(judged),
  };
}

function isRight({ expected, ranked }: Judged): boolean {
  return expected !== null && ranked[0] === expected;
}

function shareOf(all: readonly Judged[], isOne: (one: Judged) => boolean): Share {
  const right = all.filter(isOne).length;
  return { right, of: all.length, ...wilson(right, all.length) };
}

/** Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22: score interval. */
export function wilson(right: number, of: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z = 1.96; // 95 % of a normal distribution
  const share = right / of;
  const centre = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}

/** Over the labels together (micro); of one label it is that label's own. */
function f1(judged: readonly Judged[], labels: readonly string[]): number {
  let truePositive = 0;
  let falsePositive = 0;
  let falseNegative = 0;
  for (const { expected, ranked } of judged)
    for (const label of labels) {
      const said = ranked[0] === label;
      if (said && expected === label) truePositive += 1;
      else if (said) falsePositive += 1;
      else if (expected === label) falseNegative += 1;
    }
  const all = 2 * truePositive + falsePositive + falseNegative;
  return all === 0 ? 0 : (2 * truePositive) / all;
}

function confusionsOf(judged: readonly Judged[]): Score['confusions'] {
  const wrong = judged.filter(
    (one) => !isRight(one) && (one.expected !== null || one.verdict !== (one.expectedVerdict ?? one.verdict)),
  );
  const groups = Map.groupBy(
    wrong,
    ({ expected, ranked, verdict }) => `${expected ?? '(none)'}|${ranked[0] ?? verdict}`,
  );
  return [...groups]
    .map(([key, cases]) => {
      const [expected = '', said = ''] = key.split('|');
      return { expected, said, cases: cases.map(({ name }) => name) };
    })
    .toSorted((a, b) => b.cases.length - a.cases.length || (a.expected < b.expected ? -1 : 1));
}

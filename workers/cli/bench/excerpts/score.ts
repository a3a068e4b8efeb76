import { calibrationOf, type Calibration } from './calibration.ts';
import { isRight, type Judged } from './judged.ts';
import { shareOf, type Share } from './share.ts';

export { type Judged } from './judged.ts';
export { wilson, type Share } from './share.ts';

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
  /** Of the cases with a confirmed cause; `null` where there are none. */
  readonly calibration: Calibration | null;
  readonly seconds: { readonly median: number; readonly max: number };
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
    calibration: calibrationOf(told),
    seconds: secondsOf(judged),
    confusions: confusionsOf(judged),
  };
}

function secondsOf(judged: readonly Judged[]): Score['seconds'] {
  const sorted = judged.map(({ ms }) => ms / 1000).toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
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

import { median } from 'simple-statistics';
import type { Candidate, Case, Fitted, Predictor } from './candidate.ts';
import { errorStatistics, type Compared, type ErrorStatistics } from './error-statistics.ts';

export const protocols = ['leave-one-out', 'site', 'half'] as const;
/**
 * `leave-one-out`: constants fitted on other sources alone. `site`: the same constants, scaled by a few runs of the
 * site. `half`: constants fitted on half of the site's runs and nothing else. Errors are always those of runs that
 * nothing was fitted on.
 */
export type Protocol = (typeof protocols)[number];

/** How runs are parted; fixed by their ids alone. */
export interface Split {
  /** `true`: the half that constants are fitted on. */
  readonly fitted: (id: string) => boolean;
  /** The runs that a site would have measured first. `draw` 0 is the one that counts, others show the spread. */
  readonly first: <T extends { readonly id: string }>(runs: readonly T[], k: number, draw: number) => readonly T[];
}

export interface SetResult {
  readonly protocol: Protocol;
  readonly set: string;
  /** Runs of the site that the scale was taken from; 0 where there is none. */
  readonly siteRuns: number;
  /** Runs that constants were fitted on. */
  readonly fittedRuns: number;
  readonly model: ErrorStatistics;
  readonly naive: ErrorStatistics;
  /** Mean absolute error, percent, over other draws of the site's runs: median and the whole range. */
  readonly draws: { readonly median: number; readonly low: number; readonly high: number } | null;
  readonly rows: readonly Compared[];
}

/** The site scale is taken from so many runs; the second is what the aims speak of. */
export const siteRunCounts = [3, 5, 10] as const;
const drawsMax = 20;
/** Below this a half says nothing. */
const halfRunsMin = 4;

/**
 * Every protocol for the runs of one set.
 *
 * @param others runs of other sources, that constants may be fitted on
 */
export function compareSet(
  { model, naive }: { readonly model: Candidate; readonly naive: Candidate },
  own: readonly Case[],
  others: readonly Case[],
  options: { readonly protocols: readonly Protocol[]; readonly split: Split },
): readonly SetResult[] {
  const { split } = options;
  const wanted = (protocol: Protocol): boolean => options.protocols.includes(protocol);
  const results: (SetResult | null)[] = [];
  if (wanted('leave-one-out') || wanted('site')) {
    const general = { model: model.fit(others), naive: naive.fit(others) };
    if (wanted('leave-one-out'))
      results.push(
        result({
          protocol: 'leave-one-out',
          tested: own,
          predict: { model: general.model.predict, naive: general.naive.predict },
          siteRuns: 0,
          fittedRuns: others.length,
          draws: null,
        }),
      );
    if (wanted('site'))
      for (const k of siteRunCounts) results.push(siteResult(general, own, k, { split, fittedRuns: others.length }));
  }
  if (wanted('half')) results.push(halfResult({ model, naive }, own, split));
  return results.flatMap((one) => one ?? []);
}

function siteResult(
  general: { readonly model: Fitted; readonly naive: Fitted },
  own: readonly Case[],
  k: number,
  { split, fittedRuns }: { readonly split: Split; readonly fittedRuns: number },
): SetResult | null {
  if (own.length < 2 * k) return null;
  const parted = (draw: number) => {
    const seen = split.first(own, k, draw);
    return { seen, tested: own.filter((one) => !seen.includes(one)) };
  };
  const { seen, tested } = parted(0);
  const means = Array.from({ length: drawsMax }, (_, draw) => {
    const other = parted(draw + 1);
    const predict = general.model.atSite(other.seen);
    const errors = other.tested.map((one) => Math.abs(predict(one) / one.measuredSeconds - 1) * 100);
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  });
  return result({
    protocol: 'site',
    tested,
    predict: { model: general.model.atSite(seen), naive: general.naive.atSite(seen) },
    siteRuns: k,
    fittedRuns,
    draws: { median: median(means), low: Math.min(...means), high: Math.max(...means) },
  });
}

function halfResult(
  { model, naive }: { readonly model: Candidate; readonly naive: Candidate },
  own: readonly Case[],
  split: Split,
): SetResult | null {
  const seen = own.filter(({ id }) => split.fitted(id));
  const tested = own.filter(({ id }) => !split.fitted(id));
  if (seen.length < halfRunsMin || tested.length < halfRunsMin) return null;
  return result({
    protocol: 'half',
    tested,
    predict: { model: model.fit(seen).atSite(seen), naive: naive.fit(seen).atSite(seen) },
    siteRuns: seen.length,
    fittedRuns: seen.length,
    draws: null,
  });
}

function result({
  tested,
  predict,
  ...about
}: Pick<SetResult, 'protocol' | 'siteRuns' | 'fittedRuns' | 'draws'> & {
  readonly tested: readonly Case[];
  readonly predict: { readonly model: Predictor; readonly naive: Predictor };
}): SetResult | null {
  const rows = compared(tested, predict.model);
  const model = errorStatistics(rows);
  const naive = errorStatistics(compared(tested, predict.naive));
  const [first] = tested;
  if (model === null || naive === null || first === undefined) return null;
  return { ...about, set: first.set, model, naive, rows };
}

function compared(cases: readonly Case[], predict: Predictor): readonly Compared[] {
  return cases.map((one) => ({
    id: one.id,
    measuredSeconds: one.measuredSeconds,
    predictedSeconds: predict(one),
  }));
}

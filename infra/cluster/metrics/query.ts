import type { Timeline } from '../physics/timeline.ts';
import { scrapeAt, type Labels, type Metric } from './metric.ts';
import { parseSelector } from './selector.ts';

export type Sample = readonly [seconds: number, value: string];
export interface InstantSeries {
  readonly metric: Labels;
  readonly value: Sample;
}
export interface RangeSeries {
  readonly metric: Labels;
  readonly values: readonly Sample[];
}

/** Prometheus' own bound. */
export const pointsMax = 11_000;

export class QueryError extends Error {
  override readonly name = 'QueryError';
}

export interface QuerySource {
  readonly metrics: readonly Metric[];
  readonly timeline: Timeline;
  /** Nothing has been scraped after this cluster time. */
  readonly nowMs: number;
}

export function queryInstant(source: QuerySource, query: string, atSeconds: number): readonly InstantSeries[] {
  const sampled = sampler(source);
  return select(source, query).flatMap(({ metric, at }) => {
    const value = sampled(at, atSeconds * 1000);
    return value === undefined ? [] : [{ metric, value: [atSeconds, String(value)] as const }];
  });
}

export function queryRange(
  source: QuerySource,
  query: string,
  range: { readonly startSeconds: number; readonly endSeconds: number; readonly stepSeconds: number },
): readonly RangeSeries[] {
  const { startSeconds, endSeconds, stepSeconds } = range;
  if (endSeconds < startSeconds)
    throw new QueryError('invalid parameter "end": end timestamp must not be before start time');
  if (!(stepSeconds > 0))
    throw new QueryError(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  if ((endSeconds - startSeconds) / stepSeconds > pointsMax)
    throw new QueryError(
      `exceeded maximum resolution of ${pointsMax.toLocaleString('en-US')} points per timeseries. Try decreasing the query resolution (?step=XX)`,
    );
  const count = Math.floor((endSeconds - startSeconds) / stepSeconds + 1e-9) + 1;
  const sampled = sampler(source);
  return select(source, query).flatMap(({ metric, at }) => {
    const values: Sample[] = [];
    for (let step = 0; step < count; step += 1) {
      const seconds = Number((startSeconds + step * stepSeconds).toFixed(3));
      const value = sampled(at, seconds * 1000);
      if (value !== undefined) values.push([seconds, String(value)]);
    }
    return values.length === 0 ? [] : [{ metric, values }];
  });
}

interface Selected {
  readonly metric: Labels;
  readonly at: (ms: number) => number | undefined;
}

function select({ metrics, timeline }: QuerySource, query: string): readonly Selected[] {
  const selector = parseSelector(query);
  return metrics.flatMap((metric) =>
    metric
      .series(timeline)
      .filter((series) => selector.matches(metric.name, series.labels))
      .map((series) => ({ metric: { __name__: metric.name, ...series.labels }, at: series.at })),
  );
}

/** Samples exist from the start of the recorded past up to the latest scrape, and live as long as Prometheus' staleness rule lets them. */
function sampler({ timeline, nowMs }: QuerySource) {
  const firstMs = timeline.world.historyFromMs;
  // Prometheus looks back five minutes for the latest sample of a series.
  const lookbackMs = 5 * 60_000;
  return (at: (ms: number) => number | undefined, ms: number): number | undefined => {
    const scrape = scrapeAt(Math.min(ms, nowMs));
    if (scrape < firstMs || ms - scrape > lookbackMs) return undefined;
    return at(scrape);
  };
}

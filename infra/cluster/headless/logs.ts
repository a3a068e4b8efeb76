import type { Timeline } from '../physics/timeline.ts';
import { windowObjects, type LogObject } from '../logs/windows.ts';

/** Length of a window and how long after its end it is in the store, in cluster milliseconds: as `config.ts` has them. */
export const logShipping = { windowMs: 60_000, lagMs: 5_000 } as const;

/**
 * The log objects of all windows that lie at least partly between the two moments and are in the store at `nowMs`,
 * window after window, each worked out when it is asked for. Of objects that are not `wanted` no line is made.
 */
export function* shippedObjects(
  timeline: Timeline,
  { fromMs, toMs, nowMs }: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number },
  wanted: (key: string) => boolean,
): Generator<LogObject, undefined> {
  const { windowMs, lagMs } = logShipping;
  const windowOf = (ms: number) => Math.floor(ms / windowMs) * windowMs;
  const endMs = Math.min(toMs, windowOf(nowMs - lagMs));
  for (let at = windowOf(Math.max(fromMs, timeline.world.historyFromMs)); at < endMs; at += windowMs)
    yield* windowObjects(timeline, at, at + windowMs, wanted);
}

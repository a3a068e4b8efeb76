import { integer } from '../noise.ts';
import { factsOf } from '../state/facts/fact-at.ts';
import type { Timeline } from './timeline.ts';

/** A short job of another user on a spare node, as the scheduler remembers it. */
export interface DebugJob {
  readonly id: number;
  readonly name: string;
  readonly node: string;
  readonly state: string;
  readonly fromMs: number;
  readonly endMs: number;
}

const lastedMs = 95_000;

/** They had ended before anybody noticed. */
export function debugJobs(timeline: Timeline, ms: number): readonly DebugJob[] {
  const { seed } = timeline.world;
  return factsOf(timeline, 'scheduler.debug-job', ms).map(({ place, value, sinceMs }) => ({
    id: 52_000 + integer(seed, 6_000, 'debug-job', place),
    name: 'dbg-moe',
    node: place,
    state: value,
    fromMs: sinceMs - lastedMs,
    endMs: sinceMs,
  }));
}

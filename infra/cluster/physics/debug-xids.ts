import { integer, uniform } from '../noise.ts';
import { factAt, factSince } from '../state/facts/fact-at.ts';
import { gpuPlace } from '../state/place.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import type { Timeline } from './timeline.ts';

/** A mistake of a user's program as the driver reports it: an exception of an SM, or a context that is stopped after it. */
export interface DebugXid {
  readonly atMs: number;
  readonly xid: 13 | 43;
  readonly pid: number;
}

const hourMs = 3_600_000;
// More runs of a program than anybody makes while it is looked at.
const runsMax = 500;

/** Every such report between two moments, oldest first: 13 while the program runs, 43 as it is taken away. */
export function debugXids(
  timeline: Timeline,
  node: WorldNode,
  gpu: WorldGpu,
  fromMs: number,
  toMs: number,
): readonly DebugXid[] {
  const { settings } = timeline.segmentAt(toMs);
  if (!settings.facts.has('gpu.debug-xids')) return [];
  const asked = { fact: 'gpu.debug-xids', place: gpuPlace(node, gpu) } as const;
  const perHour = factAt(settings, asked, toMs);
  const sinceMs = factSince(settings, asked, toMs);
  if (perHour <= 0 || sinceMs === null) return [];
  const { seed } = timeline.world;
  const everyMs = hourMs / perHour;
  const runs = Math.min(runsMax, Math.ceil((toMs - sinceMs) / everyMs));
  return Array.from({ length: Math.max(0, runs) }, (_, run) => {
    const late = uniform(seed, 'debug-run', node.index, gpu.index, run);
    const atMs = sinceMs + (run + 0.1 + 0.7 * late) * everyMs;
    const pid = 1_200_000 + integer(seed, 700_000, 'debug-pid', node.index, gpu.index, run);
    return [
      { atMs, xid: 13 as const, pid },
      { atMs: atMs + 900, xid: 43 as const, pid },
    ];
  })
    .flat()
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}

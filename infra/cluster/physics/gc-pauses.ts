import { integer } from '../noise.ts';
import { factAt, factSince } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import type { Attempt } from './job.ts';

/** The rank that a full garbage collection stops now: with every stretch of the cause another one; null when none does. */
export function collectingRank(
  world: World,
  settings: Settings,
  attempt: Attempt,
  ms: number,
): { readonly node: number; readonly gpu: number; readonly pauseMs: number } | null {
  const question = { fact: 'job.gc-pause-ms', place: world.job.name } as const;
  const pauseMs = factAt(settings, question, ms);
  if (pauseMs === 0) return null;
  const stretch = Math.floor((factSince(settings, question, ms) ?? 0) / 1000);
  const node = attempt.nodes[integer(world.seed, attempt.nodes.length, 'gc-node', stretch)];
  return node === undefined ? null : { node, gpu: integer(world.seed, world.gpusPerNode, 'gc-gpu', stretch), pauseMs };
}

import { factAt } from '../state/facts/fact-at.ts';
import { clusterPlace } from '../state/place.ts';
import type { WorldNode } from '../world.ts';
import { driveSlowdown } from './storage-wait.ts';
import type { Timeline } from './timeline.ts';

/** Loader workers of a node that wait in the kernel (state D) for a file system, and what for. */
export interface StuckTasks {
  readonly count: number;
  /** The kernel function in which they sleep. */
  readonly wchan: string;
}

const none: StuckTasks = { count: 0, wchan: '-' };

/** Of the 8 workers of each rank so many read at the same time when requests take that much longer. */
export function stuckTasks(cluster: Timeline, node: WorldNode, ms: number): StuckTasks {
  const timeline = cluster.of(node);
  const { settings, busyNodes } = timeline.segmentAt(ms);
  if (!busyNodes.has(node.name)) return none;
  const { facts } = settings;
  const workers = 8 * node.gpus.length;
  if (
    facts.has('storage.mount') &&
    factAt(settings, { fact: 'storage.mount', place: node.name, key: '/lustre' }, ms) === 'stale'
  )
    return { count: workers, wchan: 'cl_sync_io_wait' };
  const lustre = facts.has('storage.lustre-slowdown')
    ? factAt(settings, { fact: 'storage.lustre-slowdown', place: clusterPlace }, ms)
    : 1;
  const drive = driveSlowdown(settings, node, ms);
  const worst = Math.max(lustre, drive);
  if (worst <= 1) return none;
  const count = Math.min(workers, Math.round((workers * (worst - 1)) / 30));
  return { count, wchan: lustre >= drive ? 'cl_sync_io_wait' : 'wait_on_page_bit_common' };
}

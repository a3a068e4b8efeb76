import { clusterPlace } from '../../state/place.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { filesystems } from '../host.ts';
import { driveSlowdown } from '../storage-wait.ts';
import { runToRun, type Bench } from './board.ts';

export interface StorageSpeed {
  readonly writeMibS: number;
  readonly readMibS: number;
  /** Room for what is written. */
  readonly freeKib: number;
  /** `mounted`, `read-only`, `stale`. */
  readonly state: string;
}

// One writer with syncs at the end: a data-centre NVMe drive, and one client's stream to a Lustre of a few servers. Assumed.
const usual: Readonly<Record<string, { readonly writeMibS: number; readonly readMibS: number }>> = {
  '/raid': { writeMibS: 2_650, readMibS: 5_200 },
  '/lustre': { writeMibS: 1_830, readMibS: 2_410 },
};
const otherSpeed = { writeMibS: 1_100, readMibS: 2_300 };

/** Null where nothing is mounted. */
export function storageSpeed(bench: Bench, mount: string): StorageSpeed | null {
  const { timeline, node, atMs } = bench;
  const state = factAt(timeline, { fact: 'storage.mount', place: node.name, key: mount }, atMs);
  const filesystem = filesystems(timeline, node, atMs).find((one) => one.mount === mount);
  if (filesystem === undefined || state === 'missing') return null;
  const slowdown =
    mount === '/lustre'
      ? factAt(timeline, { fact: 'storage.lustre-slowdown', place: clusterPlace }, atMs)
      : mount === '/raid'
        ? driveSlowdown(timeline.segmentAt(atMs).settings, node, atMs)
        : 1;
  const { writeMibS, readMibS } = usual[mount] ?? otherSpeed;
  return {
    writeMibS: (writeMibS / slowdown) * runToRun(bench, 0.05, 'write', mount),
    readMibS: (readMibS / slowdown) * runToRun(bench, 0.05, 'read', mount),
    freeKib: filesystem.kib - filesystem.kibUsed,
    state,
  };
}

import { readdirSync } from 'node:fs';
import { readProc, statFields } from './proc-files.ts';

/** Memory of one process of the stack and of what it started, MiB. */
export interface ProcessMemory {
  readonly name: string;
  readonly mib: number;
  readonly measure: MemoryMeasure;
}

/** `pss`: pages that processes share are divided among them, so that sums are true; `rss` counts them in each. */
export type MemoryMeasure = 'pss' | 'rss' | 'unreadable';

/** Reads /proc; elsewhere than on Linux every process is `unreadable`. */
export function memoryOf(pids: Readonly<Record<string, number>>): readonly ProcessMemory[] {
  const parents = parentsOfAll();
  // The supervisor is the parent of all others, which have rows of their own.
  const named = new Set(Object.values(pids));
  return Object.entries(pids).map(([name, pid]) => {
    const family = [
      pid,
      ...descendants(pid, parents).filter((one) => !named.has(one) && !isBelow(one, pid, named, parents)),
    ];
    const read = family.map(kibOf).filter((one) => one !== null);
    const measure: MemoryMeasure =
      read.length === 0 ? 'unreadable' : read.every((one) => one.measure === 'pss') ? 'pss' : 'rss';
    return { name, mib: Math.round(read.reduce((sum, { kib }) => sum + kib, 0) / 1024), measure };
  });
}

// Deeper chains of processes are not ours.
const depthMax = 10;

/** Whether another named process stands between this one and `top`. */
function isBelow(pid: number, top: number, named: ReadonlySet<number>, parents: ReadonlyMap<number, number>): boolean {
  let above = parents.get(pid);
  for (let depth = 0; depth < depthMax && above !== undefined && above !== top; depth += 1) {
    if (named.has(above)) return true;
    above = parents.get(above);
  }
  return false;
}

function descendants(pid: number, parents: ReadonlyMap<number, number>): readonly number[] {
  let level = [pid];
  const found: number[] = [];
  for (let depth = 0; depth < depthMax && level.length > 0; depth += 1) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

function parentsOfAll(): ReadonlyMap<number, number> {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return new Map(
      pids.flatMap((name): [number, number][] => {
        const fields = statFields(name);
        if (fields === null) return [];
        const parent = Number(fields[1]);
        return [[Number(name), parent]];
      }),
    );
  } catch {
    return new Map();
  }
}

function kibOf(pid: number): { readonly kib: number; readonly measure: 'pss' | 'rss' } | null {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/smaps_rollup`) ?? '');
  if (pss !== null) return { kib: Number(pss[1]), measure: 'pss' };
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`) ?? '');
  return rss === null ? null : { kib: Number(rss[1]), measure: 'rss' };
}

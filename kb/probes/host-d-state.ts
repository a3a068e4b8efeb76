import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man1/ps.1.html';

export const waitsForSharedStorage: FindingKind = {
  id: 'host.d-state.shared-storage',
  summary: 'processes wait uninterruptibly for a network file system',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 2.2 },
  source: 'https://github.com/nfs-ganesha/nfs-ganesha/issues/1327',
};
const driver: FindingKind = {
  id: 'host.d-state.gpu-driver',
  summary: 'processes wait uninterruptibly inside of the NVIDIA driver',
  role: 'symptom',
  weighs: { 'gpu-driver-bug': 1.8, 'gpu-fell-off-bus': 1.8 },
  source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
};
const disk: FindingKind = {
  id: 'host.d-state.local-storage',
  summary: 'processes wait uninterruptibly for a block device',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 0.7, 'dataloader-stall': 0.5, 'shared-fs-problem': 0.4, 'disk-full': 0.2 },
  source,
};
const other: FindingKind = {
  id: 'host.d-state.unknown',
  summary: 'processes wait uninterruptibly, and the kernel does not say for what',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 0.8, 'gpu-driver-bug': 0.5, 'gpu-fell-off-bus': 0.4, 'host-hardware-fault': 0.3 },
  source,
};
const none: FindingKind = {
  id: 'host.d-state.none',
  summary: 'no process waits uninterruptibly',
  role: 'clean',
  weighs: { 'shared-fs-problem': -0.5, 'gpu-driver-bug': -0.2 },
  source,
};
const unlike = unlikeSiblings('host.d-state', 'the number of processes that wait uninterruptibly', {
  'shared-fs-problem': 0.7,
  'gpu-driver-bug': 0.5,
});
const kinds = [waitsForSharedStorage, driver, disk, other, none, unlike];

/** What a process waits in, by the name of the kernel function; the first pattern that fits. */
const groups = [
  {
    kind: waitsForSharedStorage,
    pattern:
      /^(?:_?nfs4?_|__?rpc_|rpc_|xprt_|ptlrpc_|ldlm_|cl_(?:sync_)?io|osc_|ll_|lov_|mdc_|ceph_|fuse_|request_wait_answer|cifs_|smb2?_)/,
  },
  { kind: driver, pattern: /^(?:_?nv(?!me|dimm|mem)|os_acquire_|rm_|uvm_)/ },
  {
    kind: disk,
    pattern:
      /^(?:nvme_|blk_|bio_|submit_bio|io_schedule|wait_on_(?:page|buffer)|folio_wait|filemap_|jbd2_|xfs_|ext4_|btrfs_|md_|raid|rq_qos_|wbt_|sync_inodes)/,
  },
] as const;

interface Waiting {
  readonly line: number;
  readonly pid: number;
  /** Of the kernel's own threads: 2. */
  readonly parent: number;
  /** Function of the kernel, `-` where the user may not see it. */
  readonly waitsIn: string;
  readonly elapsedSeconds: number;
}
interface Reading {
  readonly processes: number;
  readonly waiting: readonly Waiting[];
}

const waitingKeptMax = 500;
const kthreadd = 2;

/** Processes in state D. */
export const hostDState: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.d-state',
  summary: 'processes that wait uninterruptibly, and for what',
  question: 'Does a process hang in the kernel, and what does it wait for?',
  aspect: 'stability',
  costMs: 200,
  outputBytesMax: 1024 * 1024,
  argv: () => ['ps', '-eo', 'pid,ppid,stat,wchan:32,etimes,comm'],
  parse(output) {
    const [head, ...rows] = requiredLines(output, 'ps');
    if (!/^\s*PID\s+PPID\s+STAT\s+WCHAN\s+ELAPSED\s+COMMAND$/.test(head?.text ?? ''))
      throw new ProbeParseError('line 1: not the head of ps -eo pid,ppid,stat,wchan:32,etimes,comm');
    if (rows.length === 0) throw new ProbeParseError('ps lists no process');
    const waiting = rows.flatMap(({ text, line }): readonly Waiting[] => {
      const match = /^\s*(\d+)\s+(\d+)\s+([A-Za-z][A-Za-z<+]*)\s+(\S+)\s+(\d+|-)\s+\S/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a row of ps`);
      const [, pid, parent, state = '', waitsIn = '', elapsed] = match;
      if (!state.startsWith('D')) return [];
      const seconds = elapsed === '-' ? 0 : Number(elapsed);
      return [{ line, pid: Number(pid), parent: Number(parent), waitsIn, elapsedSeconds: seconds }];
    });
    return { processes: rows.length, waiting: waiting.slice(0, waitingKeptMax) };
  },
  outcomes: kinds,
  meaning({ processes, waiting }) {
    const byKind = Map.groupBy(waiting.filter(isTelling), ({ waitsIn }) => groupOf(waitsIn));
    const seen = [...byKind].map(([kind, ones]) => finding(kind, ones));
    return orClean(seen, kinds, { kind: none.id, text: `${processes} processes, none waits uninterruptibly` });
  },
  // Any process is in state D for the moment of one transfer: only who still is three seconds later hangs.
  again: {
    gapMs: 3_000,
    combine: (first, second) => ({
      ...second,
      waiting: second.waiting.filter(({ pid }) => first.waiting.some((before) => before.pid === pid)),
    }),
  },
  siblings: {
    kind: unlike,
    numbers: ({ waiting }) => [{ name: 'waiting', value: waiting.filter(isTelling).length, unit: 'processes' }],
    rules: [{ name: 'waiting', side: 'high', relative: 1, absolute: 3, source: unlike.source }],
  },
};

function groupOf(waitsIn: string): FindingKind {
  return groups.find(({ pattern }) => pattern.test(waitsIn))?.kind ?? other;
}

/** Threads of the kernel write back and wait for events in this state as part of their work. */
function isTelling({ parent, waitsIn }: Waiting): boolean {
  const kind = groupOf(waitsIn);
  return parent !== kthreadd || kind === waitsForSharedStorage || kind === driver;
}

function finding(kind: FindingKind, ones: readonly Waiting[]): ProbeFinding {
  const places = [...new Set(ones.map(({ waitsIn }) => waitsIn))].slice(0, 4).map((place) => place.slice(0, 32));
  const [first] = ones;
  return {
    kind: kind.id,
    text: `${ones.length} ${ones.length === 1 ? 'process waits' : 'processes wait'} in ${places.join(', ')}`,
    ...(first === undefined ? {} : { line: first.line }),
    values: { processes: ones.length, pid: first?.pid ?? 0, waitsIn: places.join(' ') },
  };
}

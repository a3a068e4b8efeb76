import type { LogDetector, Match } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

const torchMemory = 'https://github.com/pytorch/pytorch/blob/main/c10/cuda/CUDACachingAllocator.cpp';

/** Where the message adds up: this process holds part of the memory, nothing is free, and the rest is somebody else's. */
const heldElsewhere: FindingKind = {
  id: 'torch.cuda.oom-held-elsewhere',
  summary: 'GPU memory ran out while this process held only part of it',
  role: 'cause',
  // Threads end in a leftover process most often, then in ranks that share a GPU, then in a second engine of the same job.
  weighs: { 'foreign-gpu-process': 5.7, 'gpu-oom': 4, 'launcher-rank-misconfig': 3.3 },
  source: torchMemory,
};

/** Where the message lists the processes: one of the others holds clearly more than this one. */
const mostlyForeign: FindingKind = {
  id: 'torch.cuda.oom-mostly-foreign',
  summary: 'GPU memory ran out while another process held more of it than this one',
  role: 'cause',
  // Ranks that share a GPU hold about the same, and leftovers as much as the run that they are left of.
  weighs: { 'foreign-gpu-process': 6.8, 'gpu-oom': 1.1, 'launcher-rank-misconfig': 0.8 },
  source: 'https://github.com/rwth-i6/returnn/issues/1649',
};

/** Reads torch's account of a failed allocation. Lists of processes with like shares are left to `memory`. */
export const gpuMemoryAccount: LogDetector = {
  id: 'gpu-memory-account',
  kinds: [heldElsewhere, mostlyForeign],
  literals: ['total capac'],
  samples: [
    {
      kind: heldElsewhere.id,
      lines: [
        'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free. Including non-PyTorch memory, this process has 20.10 GiB memory in use.',
      ],
    },
    {
      kind: mostlyForeign.id,
      lines: [
        'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 290.00 MiB. GPU 0 has a total capacity of 93.00 GiB of which 134.94 MiB is free. Process 118636 has 71.62 GiB memory in use. Including non-PyTorch memory, this process has 21.24 GiB memory in use.',
      ],
    },
  ],
  match(line) {
    const account = readAccount(line.text) ?? readList(line.text);
    if (account === null) return null;
    const { listed } = account;
    if (listed !== undefined) return isMostlyForeign(account, listed) ? found(account, mostlyForeign.id) : null;
    return isHeldElsewhere(account) ? found(account, heldElsewhere.id) : null;
  },
};

interface Account {
  readonly gpu: number;
  readonly totalGib: number;
  readonly freeGib: number;
  readonly ownGib: number;
  readonly wantedGib: number;
  /** What each other process holds, where the message says it. */
  readonly listed?: readonly number[];
}

const amount = String.raw`([\d.]{1,14}) (bytes|KiB|MiB|GiB)`;
const wanted = new RegExp(String.raw`Tried to allocate ${amount}`);
// sees: GPU 0 has a total capacity of 79.15 GiB of which 1.02 GiB is free.   ("capacty" until torch 2.2)
const capacity = new RegExp(
  String.raw`GPU (\d{1,2}) has a total capac(?:i)?ty of ${amount} of which ${amount} is free\.`,
);
const inUse = new RegExp(String.raw`this process has ${amount} memory in use`);
const byTorch = new RegExp(String.raw`${amount} is allocated by PyTorch,[^\n]{0,120}? and ${amount} is reserved`);
// sees: (GPU 0; 15.78 GiB total capacity; 14.56 GiB already allocated; 9.44 MiB free; 14.68 GiB reserved in total by PyTorch)
const oldStyle = new RegExp(
  String.raw`\(GPU (\d{1,2}); ${amount} total capacity; ${amount} already allocated; ${amount} free(?:; ${amount} (?:reserved|cached|allowed))?`,
);

function readAccount(text: string): Account | null {
  const want = wanted.exec(text);
  const wantedGib = want === null ? 0 : gib(want[1], want[2]);
  const old = oldStyle.exec(text);
  if (old !== null) {
    const allocatedGib = gib(old[4], old[5]);
    const ownGib = old[8] === undefined ? allocatedGib : Math.max(allocatedGib, gib(old[8], old[9]));
    return { gpu: Number(old[1]), totalGib: gib(old[2], old[3]), freeGib: gib(old[6], old[7]), ownGib, wantedGib };
  }
  const now = capacity.exec(text);
  const ownGib = now === null || /\bProcess \d+ has /.test(text) ? null : readOwn(text);
  if (now === null || ownGib === null) return null;
  return { gpu: Number(now[1]), totalGib: gib(now[2], now[3]), freeGib: gib(now[4], now[5]), ownGib, wantedGib };
}

const listedUse = new RegExp(String.raw`\bProcess \d{1,10} has ${amount} memory in use`, 'g');

/** The account with a list of processes, of which this process is none: torch tells its own share besides. */
function readList(text: string): Account | null {
  const now = capacity.exec(text);
  const own = inUse.exec(text);
  if (now === null || own === null) return null;
  const ownGib = gib(own[1], own[2]);
  const listed = [...text.matchAll(listedUse)].map(([, number, unit]) => gib(number, unit));
  if (ownGib >= unknownGibMin || listed.length === 0) return null;
  const want = wanted.exec(text);
  const wantedGib = want === null ? 0 : gib(want[1], want[2]);
  return {
    gpu: Number(now[1]),
    totalGib: gib(now[2], now[3]),
    freeGib: gib(now[4], now[5]),
    ownGib,
    wantedGib,
    listed,
  };
}

/** What NVML reports of this process, or, where it knows none (torch then prints 2^34 GiB), what torch itself counts. */
function readOwn(text: string): number | null {
  const told = inUse.exec(text);
  const toldGib = told === null ? null : gib(told[1], told[2]);
  if (toldGib !== null && toldGib < unknownGibMin) return toldGib;
  const counted = byTorch.exec(text);
  return counted === null ? null : gib(counted[1], counted[2]) + gib(counted[3], counted[4]);
}

// No GPU has a pebibyte: https://github.com/pytorch/pytorch/issues/123984.
const unknownGibMin = 1_000_000;

// Contexts, libraries and NCCL's buffers of one process take up to a few GiB that torch does not count
// (https://pytorch.org/docs/stable/notes/cuda.html#memory-management); what is more belongs to somebody.
const elsewhereGibMin = 4;
const elsewhereShareMin = 0.25;

function isHeldElsewhere({ totalGib, freeGib, ownGib, wantedGib }: Account): boolean {
  const elsewhereGib = totalGib - freeGib - ownGib;
  // What would not fit into the free share of an empty GPU is the program's own wish.
  const wouldFit = wantedGib <= freeGib + elsewhereGib;
  return wouldFit && elsewhereGib >= elsewhereGibMin && elsewhereGib >= elsewhereShareMin * totalGib;
}

// Ranks and engines of one job that share a GPU differ by less.
const foreignTimesMin = 1.5;

function isMostlyForeign({ totalGib, freeGib, ownGib, wantedGib }: Account, listed: readonly number[]): boolean {
  const largestGib = Math.max(...listed);
  const wouldFit = wantedGib <= freeGib + largestGib;
  return (
    wouldFit &&
    largestGib >= elsewhereGibMin &&
    largestGib >= elsewhereShareMin * totalGib &&
    largestGib >= foreignTimesMin * ownGib
  );
}

function found({ gpu, totalGib, freeGib, ownGib }: Account, kind: string): Match {
  return {
    kind,
    device: { kind: 'gpu', index: gpu },
    values: { elsewhereGib: Number((totalGib - freeGib - ownGib).toFixed(2)), ownGib: Number(ownGib.toFixed(2)) },
  };
}

const gibOf: ReadonlyMap<string, number> = new Map([
  ['bytes', 2 ** -30],
  ['KiB', 2 ** -20],
  ['MiB', 2 ** -10],
  ['GiB', 1],
]);

function gib(number: string | undefined, unit: string | undefined): number {
  return Number(number ?? 0) * (gibOf.get(unit ?? '') ?? 0);
}

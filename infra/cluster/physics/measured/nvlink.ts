import type { WorldGpu } from '../../world.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { a800 } from '../a800.ts';
import { nvlinkFactor } from '../nccl-settings.ts';
import { boardOf, ofBoard, runToRun, type Bench } from './board.ts';

// 187 of 200 GB/s one way: cudaMemcpy between two A800 (forums.developer.nvidia.cn, topic 25215).
const pairGbs = 187;

/** One way between two GPUs, as `nvbandwidth -t device_to_device_memcpy_read_ce` prints it: copy engines need no clock. */
export function peerCopyGbs(bench: Bench, from: WorldGpu, to: WorldGpu): number {
  const boards = ofBoard(bench, from, 0.004, 'nvlink') * ofBoard(bench, to, 0.004, 'nvlink');
  return pairGbs * linkShare(bench, [from, to]) * boards * runToRun(bench, 0.004, 'nvlink', from.index, to.index);
}

// busbw of 8 x A800: 151 GB/s at 256 MiB, 156 at 4 GiB (NVIDIA/nccl-tests issue 210); a hyperbola through both.
const ringPeakGbs = 156.3;
const ringHalfBytes = 9 * 2 ** 20;
// The kernels of NCCL copy with SMs: far below the usual clocks they are what is slow. Assumed.
const ncclFreeMhz = 700;

/** busbw of an all-reduce over these GPUs, in GB/s: the slowest member sets the pace of the ring. */
export function allReduceGbs(bench: Bench, gpus: readonly WorldGpu[], bytes: number, run: string): number {
  const curve = bytes / (bytes + ringHalfBytes);
  return ringPeakGbs * curve * ncclShare(bench, gpus) * runToRun(bench, 0.006, 'ring', bytes, run);
}

// Send and receive at once between two of them; two A800 reach 143 in an all-reduce (the same issue), which does more.
const exchangeGbs = 168;

/** busbw of `sendrecv_perf` between two GPUs, in GB/s. */
export function exchangeGbsOf(bench: Bench, pair: readonly WorldGpu[], run: string): number {
  const places = pair.map((gpu) => gpu.index).join('-');
  return exchangeGbs * ncclShare(bench, pair) * runToRun(bench, 0.006, 'pair', places, run);
}

function ncclShare(bench: Bench, gpus: readonly WorldGpu[]): number {
  const boards = gpus.map((gpu) => boardOf(bench, gpu));
  const clock = Math.min(...boards.map(({ smMhz, slowdown }) => Math.min(1, smMhz / ncclFreeMhz) / slowdown));
  return Math.min(clock, linkShare(bench, gpus)) / nvlinkFactor((name) => inFile(bench, name));
}

/** The member with the fewest links is the narrowest place. */
function linkShare(bench: Bench, gpus: readonly WorldGpu[]): number {
  return Math.min(...gpus.map((gpu) => boardOf(bench, gpu).links / a800.nvlinks));
}

/** What /etc/nccl.conf of the node says now: NCCL of the measurement reads it as that of the job does. */
function inFile({ timeline, node, atMs }: Bench, key: string): string {
  return factAt(timeline, { fact: 'nccl.conf', place: node.name, key }, atMs);
}

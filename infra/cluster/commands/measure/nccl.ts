import { a800 } from '../../physics/a800.ts';
import { allReduceGbs, exchangeGbsOf } from '../../physics/measured/nvlink.ts';
import type { WorldGpu, WorldNode } from '../../world.ts';
import { out, wait, type Play } from '../play.ts';
import type { Measurement, Verb } from './measurement.ts';

const MiB = 2 ** 20;

/** `all_reduce_perf -b 8M -e 1G -f 2 -g 8` of nccl-tests. */
export const ncclRing: Verb = ({ node }, args) => {
  if (args.length > 0) return null;
  const { gpus } = node;
  const factor = (2 * (gpus.length - 1)) / gpus.length;
  return ofNode(node, 'all_reduce_perf', function* play({ timeline }, pid) {
    yield out(opening(node, gpus, pid, 8 * MiB, 1_024 * MiB));
    let atMs = yield wait(startMs);
    const seen: number[] = [];
    for (let bytes = 8 * MiB; bytes <= 1_024 * MiB; bytes *= 2) {
      const [outside, inside] = ['out', 'in'].map((run) => allReduceGbs({ timeline, node, atMs }, gpus, bytes, run));
      atMs = yield wait(lineMs);
      yield out(row(bytes, 'sum', [outside ?? 0, inside ?? 0], factor));
      seen.push(outside ?? 0, inside ?? 0);
    }
    yield out(closing(seen));
    return 0;
  });
};

/** `sendrecv_perf -b 64M -e 64M -g 2` for each GPU and the next, round the ring. */
export const ncclPairwise: Verb = ({ node }, args) => {
  if (args.length > 0) return null;
  const { gpus } = node;
  return ofNode(node, 'sendrecv_perf', function* play({ timeline, nowMs }, pid) {
    let atMs = nowMs;
    for (const [at, first] of gpus.entries()) {
      const pair = [first, gpus[(at + 1) % gpus.length] ?? first];
      // Of two GPUs the way back is the same pair.
      if (gpus.length === 2 && at === 1) break;
      yield out(
        `== pair ${pair.map((gpu) => gpu.index).join(' ')}\n${opening(node, pair, pid + at, 64 * MiB, 64 * MiB)}`,
      );
      atMs = yield wait(pairMs);
      const runs = ['out', 'in'].map((run) => exchangeGbsOf({ timeline, node, atMs }, pair, run));
      yield out(row(64 * MiB, 'none', runs, 1) + closing(runs));
    }
    return 0;
  });
};

// Loading CUDA and connecting eight ranks takes seconds, a line about as long as its 50 rounds and the check of them.
const startMs = 5_000;
const lineMs = 900;
const pairMs = 3_500;

function ofNode(node: WorldNode, tool: string, play: (...given: Parameters<Measurement['play']>) => Play): Measurement {
  return {
    tool,
    path: `/usr/local/bin/${tool}`,
    device: 'gpus',
    secondsMax: 110,
    gpus: node.gpus,
    gpuMib: 3_390,
    holds: [],
    play,
  };
}

function opening(node: WorldNode, gpus: readonly WorldGpu[], pid: number, fromBytes: number, toBytes: number): string {
  const step = fromBytes === toBytes ? '1048576(bytes)' : '2(factor)';
  const devices = gpus.map((gpu, rank) => {
    const bus = gpu.busId.slice(9, 11).toLowerCase();
    return `#  Rank ${String(rank).padStart(2)} Group  0 Pid ${String(pid).padStart(6)} on ${node.name.padStart(10)} device ${String(gpu.index).padStart(2)} [0x${bus}] ${a800.model}\n`;
  });
  return (
    `# nThread 1 nGpus ${gpus.length} minBytes ${fromBytes} maxBytes ${toBytes} step: ${step} warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0\n` +
    `#\n# Using devices\n${devices.join('')}#\n` +
    '#                                                              out-of-place                       in-place          \n' +
    '#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong\n' +
    '#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)       \n'
  );
}

/** `busGbs` of the run out of place and in place; `factor` is what makes the bus bandwidth of the algorithm's. */
function row(bytes: number, redop: string, busGbs: readonly number[], factor: number): string {
  const runs = busGbs.map((bus) => {
    const algorithm = bus / factor;
    const us = bytes / algorithm / 1e3;
    return `  ${micros(us).padStart(7)}  ${algorithm.toFixed(2).padStart(6)}  ${bus.toFixed(2).padStart(6)}  ${'0'.padStart(5)}`;
  });
  const head = `${String(bytes).padStart(12)}  ${String(bytes / 4).padStart(12)}  ${'float'.padStart(8)}  ${redop.padStart(6)}  ${'-1'.padStart(6)}`;
  return `${head}${runs.join('')}\n`;
}

/** As many decimals as nccl-tests gives a time of this size. */
function micros(us: number): string {
  return us >= 10_000 ? us.toFixed(0) : us >= 100 ? us.toFixed(1) : us.toFixed(2);
}

function closing(busGbs: readonly number[]): string {
  const mean = busGbs.reduce((sum, one) => sum + one, 0) / Math.max(1, busGbs.length);
  return `# Out of bounds values : 0 OK\n# Avg bus bandwidth    : ${mean.toPrecision(6)} \n#\n\n`;
}

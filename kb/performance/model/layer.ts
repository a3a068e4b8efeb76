import type { ResolvedRun } from '../run/resolved-run.ts';
import { attentionSeconds } from './attention.ts';
import type { ConstantValues } from './constants.ts';
import { gemmSeconds, type Rates } from './gemm.ts';
import { allReduceSeconds, groupOf, networkRate } from './network.ts';

/** Seconds of one layer and one micro-batch on one GPU, forward and backward together unless named. */
export interface LayerSeconds {
  readonly matmul: number;
  readonly attention: number;
  readonly memory: number;
  readonly recompute: number;
  readonly tensorParallel: number;
  readonly contextParallel: number;
  readonly launch: number;
  /** What transfers can hide behind: all but those of tensor parallel. */
  readonly forward: number;
  readonly backward: number;
}

interface Passes {
  readonly forward: number;
  readonly backward: number;
}

export function layerSeconds(run: ResolvedRun, rates: Rates, values: ConstantValues): LayerSeconds {
  const tokens = (run.microBatch * run.seq) / run.cp;
  const products = productsOf(run);
  let matmul = 0;
  let castBytes = 0;
  for (const [k, n] of products) {
    matmul += gemmSeconds(tokens, k, n, rates, values);
    castBytes += 4 * tokens * (k + n) + (3 * k * n) / run.microBatches;
  }
  const attention = attentionSeconds(run, rates, values);
  const cast = run.precision === 'fp8' ? (values.fp8Cast * castBytes) / rates.memoryBytesPerSecond : 0;
  const memory = memorySeconds(run, tokens, rates, values) + cast / 3;
  const accumulate = accumulateSeconds(products, run, rates);
  const again = recomputeSeconds(run, matmul, attention.forward, memory);
  const context = contextSeconds(run, attention, values);
  const forward = matmul + attention.forward + memory + context.forward;
  const backward = 2 * matmul + attention.backward + 2 * memory + accumulate + again + context.backward;
  const waits = launchWaits(run, forward, backward, values);
  const transfers = tensorTransfers(run, tokens, values);
  const exposed = run.software.overlapsTensorParallel && run.tp > 1 ? values.tensorExposed : 1;
  return {
    matmul: 3 * matmul,
    attention: attention.forward + attention.backward,
    memory: 3 * memory + accumulate,
    recompute: again,
    tensorParallel: transfers * exposed,
    contextParallel: context.forward + context.backward,
    launch: waits.forward + waits.backward,
    forward: forward + waits.forward,
    backward: backward + waits.backward,
  };
}

/** The four products of a layer as [k, n] of one GPU: queries/keys/values, projection, and the feed-forward two. */
function productsOf(run: ResolvedRun): readonly (readonly [number, number])[] {
  const { hidden, ffn, gated, heads, kvHeads, tp } = run;
  return [
    [hidden, (hidden * (1 + (2 * kvHeads) / heads)) / tp],
    [hidden / tp, hidden],
    [hidden, ((gated ? 2 : 1) * ffn) / tp],
    [ffn / tp, hidden],
  ];
}

// Bytes a token and hidden unit of one forward pass: two norms 4 each, two dropouts with residual 7 each.
// https://arxiv.org/abs/2205.05198 (section 4 counts what of this is kept)
const outsideBytes = 22;
// Moving queries, keys, values and the context between layouts.
const layoutBytes = 12;

/** Passes over activations of one forward pass; twice that backward. */
function memorySeconds(run: ResolvedRun, tokens: number, rates: Rates, values: ConstantValues): number {
  const { hidden, ffn, gated, tp, sequenceParallel } = run;
  const outside = (outsideBytes * hidden) / (sequenceParallel ? tp : 1);
  const inside = (layoutBytes * hidden + (gated ? 6 : 4) * ffn) / tp;
  const bytes = tokens * (outside + inside) * (rates.elementBytes / 2);
  return (passesOf(run, values) * bytes) / rates.memoryBytesPerSecond;
}

function passesOf({ software }: ResolvedRun, values: ConstantValues): number {
  switch (software.kernels) {
    case 'classic':
      return values.memoryClassic;
    case 'eager':
      return values.memoryEager;
    case 'fused':
      return values.memoryFused;
  }
}

/** Adding a micro-batch's weight gradients to the sum: read and written once. */
function accumulateSeconds(products: readonly (readonly [number, number])[], run: ResolvedRun, rates: Rates): number {
  if (run.microBatches === 1) return 0;
  let weights = 0;
  for (const [k, n] of products) weights += k * n;
  return (2 * run.software.gradientBytes * weights) / rates.memoryBytesPerSecond;
}

function recomputeSeconds(run: ResolvedRun, matmul: number, attention: number, memory: number): number {
  switch (run.recompute) {
    case 'none':
      return 0;
    case 'selective':
      return attention;
    case 'full':
      return matmul + attention + memory;
  }
}

/** Two all-reduces forward and two backward of 2bsh bytes, and two more when the forward pass is repeated. */
function tensorTransfers(run: ResolvedRun, tokens: number, values: ConstantValues): number {
  if (run.tp === 1) return 0;
  const count = run.recompute === 'full' ? 6 : 4;
  return count * allReduceSeconds(2 * tokens * run.hidden, groupOf(run.tp, 1, run.gpusPerNode), run, values);
}

/** Keys and values go round the ring while attention works on the piece before (Liu et al., arXiv:2310.01889). */
function contextSeconds(run: ResolvedRun, attention: Passes, values: ConstantValues): Passes {
  const { cp, tp, gpusPerNode } = run;
  if (cp === 1) return { forward: 0, backward: 0 };
  const bytes = (4 * run.microBatch * (run.seq / cp) * run.hidden * (run.kvHeads / run.heads)) / tp;
  const inside = tp * cp <= gpusPerNode;
  const rate = inside
    ? 1e9 * run.gpu.nvlinkGBps * values.nvlinkShare
    : networkRate(run, values) / Math.min(gpusPerNode, tp * cp);
  const round = (cp - 1) * (bytes / rate + values.networkHopSeconds);
  return {
    forward: hidden(round, attention.forward, values.contextExposed),
    backward: hidden(2 * round, attention.backward, values.contextExposed),
  };
}

/** What shows of a transfer beside work that it can hide behind: what is longer than it, and a share of the rest. */
export function hidden(transfer: number, work: number, exposedShare: number): number {
  const covered = Math.min(transfer, work);
  return transfer - covered + exposedShare * covered;
}

/**
 * The GPU waits where the host cannot launch kernels as fast as they end. The two rates blend where they are near:
 * a layer's kernels are not all of the same length.
 */
function launchWaits(run: ResolvedRun, forward: number, backward: number, values: ConstantValues): Passes {
  const floor = launchFloor(run, values) * (run.tp > 1 ? 1 + values.launchTensor : 1);
  const waits = (work: number, host: number): number => Math.cbrt(work ** 3 + host ** 3) - work;
  return {
    forward: waits(forward, floor),
    // Backward passes are launched by the engine, without Python; a repeated forward pass comes before.
    backward: waits(backward, floor * (run.recompute === 'full' ? 2.2 : 1.2)),
  };
}

function launchFloor({ software }: ResolvedRun, values: ConstantValues): number {
  switch (software.kernels) {
    case 'classic':
      return values.launchClassicSeconds;
    case 'eager':
      return values.launchEagerSeconds;
    case 'fused':
      return values.launchFusedSeconds;
  }
}

import type { ResolvedRun } from '../run/resolved-run.ts';
import type { ConstantValues } from './constants.ts';
import type { Rates } from './gemm.ts';

export interface AttentionSeconds {
  readonly forward: number;
  readonly backward: number;
}

/** Seconds of one layer's attention proper (scores, softmax, weighted values) for one micro-batch on one GPU. */
export function attentionSeconds(run: ResolvedRun, rates: Rates, values: ConstantValues): AttentionSeconds {
  return run.flashAttention ? flash(run, rates) : withScores(run, rates, values);
}

/**
 * Half of the square is masked and skipped; the backward pass has five products where the forward has two. A head size
 * that is no multiple of 8 is filled up, and stays on the tensor cores.
 */
function flash(run: ResolvedRun, rates: Rates): AttentionSeconds {
  const size = headSize(run);
  // Kernels exist for sizes in steps of 32; short rows leave more of the softmax uncovered.
  const padded = Math.ceil(size / 32) * 32;
  const flops = 0.5 * scoreFlops(run) * (padded / size) * (1 + flashHeadHalf / padded);
  const forward = flops / rates.flashFlops;
  return { forward, backward: 2.5 * forward };
}

// Flash attention loses as much at a head of this size as it gains between it and endless ones.
// https://arxiv.org/abs/2307.08691 (figures 4 and 5: heads of 64 against 128)
const flashHeadHalf = 24;
// Tiles of the batched products.
const headTile = 64;

// Bytes a score of the fewest passes: written 2, softmax 4, dropout 5, read 2; and twice that backward.
// https://arxiv.org/abs/2205.05198 (section 4: 5as^2b bytes are kept of them)
const scoreBytesForward = 13;
// Scale, mask and softmax as separate kernels.
const unfusedBytes = 12;

function withScores(run: ResolvedRun, rates: Rates, values: ConstantValues): AttentionSeconds {
  const size = headSize(run);
  const padded = Math.ceil(size / headTile) * headTile;
  const products = ((scoreFlops(run) * (padded / size)) / rates.scoreFlops) * misalignment(size, values);
  const scores = (run.microBatch * run.seq * run.seq * run.heads) / (run.tp * run.cp);
  const bytes = scores * (scoreBytesForward + (fusedSoftmax(run) ? 0 : unfusedBytes)) * (rates.elementBytes / 2);
  const traffic = (values.scoreTraffic * bytes) / rates.memoryBytesPerSecond;
  return { forward: products + traffic, backward: 2 * (products + traffic) };
}

/**
 * Megatron's fused softmax takes rows of 16 to 2,048 and a multiple of four matrices; later versions 16,384.
 * https://github.com/NVIDIA/Megatron-LM (megatron/model/fused_softmax.py, `is_kernel_available`)
 */
function fusedSoftmax({ seq, microBatch, heads, tp, software }: ResolvedRun): boolean {
  const rowMax = software.kernels === 'classic' ? 2_048 : 16_384;
  return seq > 16 && seq <= rowMax && ((microBatch * heads) / tp) % 4 === 0;
}

const headSize = ({ hidden, heads }: ResolvedRun): number => hidden / heads;

/** 4bs^2h: both products over the whole square. */
function scoreFlops({ microBatch, seq, hidden, tp, cp }: ResolvedRun): number {
  return (4 * microBatch * seq * seq * hidden) / (tp * cp);
}

const misalignment = (size: number, values: ConstantValues): number => (size % 8 === 0 ? 1 : 1 + values.misaligned);

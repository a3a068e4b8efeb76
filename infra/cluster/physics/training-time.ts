/** The shape of a decoder-only transformer (GPT): two matrices in the feed-forward block, biases left out. */
export interface ModelShape {
  readonly layers: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly heads: number;
  /** Rows of the embedding, padded as Megatron does. */
  readonly vocab: number;
  /** Tokens a sequence. */
  readonly sequence: number;
}

/** How it is spread over GPUs, one tensor group a node. */
export interface Layout {
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  readonly dataParallel: number;
  /** Sequences a replica takes at once. */
  readonly microBatch: number;
  /** Sequences a step. */
  readonly globalBatch: number;
}

/** What the hardware sustains in training. */
export interface Hardware {
  /** Dense half-precision matrix multiplications inside layers, FLOP/s. */
  readonly gemmFlops: number;
  /** Fused attention kernels, FLOP/s. */
  readonly attentionFlops: number;
  /** Memory-bound kernels, bytes/s. */
  readonly memoryBytes: number;
  /** busbw of collectives of a layer over NVLink, bytes/s. */
  readonly nvlinkBytes: number;
  /** What a ring gets out of the network adapter that two GPUs share, bytes/s. */
  readonly railBytes: number;
}

/** Somewhat less than two thirds of 312 TFLOP/s (A100 data sheet): shards of a matrix over eight GPUs are small for 108 SMs. */
const gemmShare = 0.65;
const peakFlops = 312e12;

export const trainingHardware: Hardware = {
  gemmFlops: gemmShare * peakFlops,
  // FlashAttention-2 on an A100: 130 to 190 TFLOP/s with 4k tokens forward, less backward (Dao, 2023, figures 4 to 6).
  attentionFlops: 0.45 * peakFlops,
  // Three quarters of 2,039 GB/s, as elementwise kernels get.
  memoryBytes: 1.5e12,
  // Eight A800 reach 151 GB/s of bus bandwidth at 256 MiB (NVIDIA/nccl-tests issue 210); those of a layer are 42 MiB.
  nvlinkBytes: 150e9,
  // Four fifths of an HDR port.
  railBytes: 20e9,
};

const bytesOfValue = 2;
/** Kernels of a layer in one direction, and what each costs beyond its work, in seconds. */
const kernels = 18;
const kernelS = 4e-6;
/** What a collective of a layer costs beyond its bytes, in seconds. */
const collectiveS = 25e-6;
/** Backward of an attention kernel over its forward: five products in place of two. */
const attentionBackward = 2.5;
/** Share of a transfer over the network that no computation hides. */
const unhiddenMin = 0.1;
/** Bytes that the optimizer moves for a parameter of its own: gradient, master copy, two moments, read and written. */
const optimizerBytes = 40;
/** Norm of the gradients, data iterator, logging: what a step has once, in seconds. */
const onceS = 0.03;

/** Parameters of the model. */
export function parametersOf({ layers, hidden, ffn, vocab, sequence }: ModelShape): number {
  return layers * (4 * hidden * hidden + 2 * hidden * ffn + 13 * hidden) + (vocab + sequence) * hidden;
}

/**
 * A healthy optimizer step in milliseconds, from what its kernels and transfers take. It was held against
 *
 * - "Reducing Activation Recomputation in Large Transformer Models" (arXiv:2205.05198), tables 4 and 5: the 22B model on
 *   eight A100 (tensor parallel 8, micro-batch 4 of 2,048 tokens, sequence parallel, selective recomputation) takes
 *   7.2 ms forward and 13.1 ms backward a layer and 1.10 s a step, 129.5 TFLOP/s a GPU. With that board's NVLinks and
 *   attention that is not fused this says 7.5 ms, 13.9 ms and 1.14 s: 3.6 % more a step;
 * - "Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM" (arXiv:2104.04473), table 1:
 *   18.4B with tensor parallel 8 on 256 A100 does 135 TFLOP/s a GPU, 39.1B with two stages on 512 does 138, both with
 *   recomputation counted as work. This says 133.8 and 135.1: 0.9 % and 2.1 % less.
 *
 * The 13B job of this cluster comes to 133.8 TFLOP/s of model work a GPU, 43 % of the peak. The result is rounded to a
 * quarter of a second, as it is no better than that.
 */
export function healthyStepMs(shape: ModelShape, layout: Layout, hardware: Hardware = trainingHardware): number {
  return Math.round(stepSeconds(shape, layout, hardware).stepS * 4) * 250;
}

export interface StepSeconds {
  /** One layer and one micro-batch on a GPU. */
  readonly forwardS: number;
  readonly backwardS: number;
  /** Collectives of a layer, forward: part of the above. */
  readonly layerCollectivesS: number;
  /** Gradients and parameters on the network that nothing hides. */
  readonly exposedNetworkS: number;
  readonly optimizerS: number;
  readonly stepS: number;
}

export function stepSeconds(shape: ModelShape, layout: Layout, hardware: Hardware): StepSeconds {
  const { layers, hidden, ffn, vocab, sequence } = shape;
  const { tensorParallel: tp, pipelineParallel: pp, dataParallel: dp, microBatch, globalBatch } = layout;
  const tokens = microBatch * sequence;
  const gemmS = (8 * tokens * hidden * hidden + 4 * tokens * hidden * ffn) / tp / hardware.gemmFlops;
  // Half of the scores are masked, and the kernel leaves them out.
  const attentionS = (2 * tokens * sequence * hidden) / tp / hardware.attentionFlops;
  // Norms, residuals and dropout run on a share of the sequence, the activation function on a share of its width.
  const elementwiseS = ((10 * hidden + 3 * ffn) * tokens * bytesOfValue) / tp / hardware.memoryBytes;
  const overheadS = kernels * kernelS;
  const gatheredBytes = (tokens * hidden * bytesOfValue * (tp - 1)) / tp;
  const layerCollectivesS = tp === 1 ? 0 : 4 * (gatheredBytes / hardware.nvlinkBytes + collectiveS);
  const forwardS = gemmS + attentionS + elementwiseS + overheadS + layerCollectivesS;
  const backwardS = 2 * (gemmS + elementwiseS + overheadS) + attentionBackward * attentionS + layerCollectivesS;
  const logitsS =
    (6 * tokens * hidden * vocab) / tp / hardware.gemmFlops + (24 * tokens * vocab) / tp / hardware.memoryBytes;
  const stageLayers = layers / pp;
  const microBatches = globalBatch / dp / microBatch;
  // A pipeline fills and drains: the first and the last stage wait for each other once.
  const computedS = (microBatches + pp - 1) * (stageLayers * (forwardS + backwardS) + logitsS / pp);
  const own = parametersOf(shape) / tp / pp;
  // Two GPUs share an adapter; gradients go while the last micro-batch is computed, parameters while the first one is.
  const onRailS = (2 * own * bytesOfValue * (dp - 1)) / dp / hardware.railBytes;
  const unhidden = (hiddenS: number) => Math.max(unhiddenMin * onRailS, onRailS - hiddenS);
  const exposedNetworkS = dp === 1 ? 0 : unhidden(stageLayers * backwardS) + unhidden(stageLayers * forwardS);
  const optimizerS = (own * optimizerBytes) / dp / hardware.memoryBytes + onceS;
  return {
    forwardS,
    backwardS,
    layerCollectivesS,
    exposedNetworkS,
    optimizerS,
    stepS: computedS + exposedNetworkS + optimizerS,
  };
}

/** Floating-point operations of a step as Megatron-LM counts them (`num_floating_point_operations`). */
export function modelFlops({ layers, hidden, ffn, vocab, sequence }: ModelShape, sequences: number): number {
  const perLayer = 2 + sequence / hidden + ffn / hidden;
  return 12 * sequences * sequence * hidden * hidden * (layers * perLayer + vocab / (2 * hidden));
}

/** Bytes that a GPU sends over NVLink for the layers of a step: gathers and scatters of both directions, and two more for the gradients of weights. */
export function layerTrafficBytes(shape: ModelShape, layout: Layout): number {
  const { tensorParallel: tp, pipelineParallel: pp, dataParallel: dp, globalBatch } = layout;
  const tokens = (globalBatch / dp) * shape.sequence;
  const layers = shape.layers / pp;
  return (10 * tokens * shape.hidden * bytesOfValue * layers * (tp - 1)) / tp;
}

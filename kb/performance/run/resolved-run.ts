import type { GpuModel } from '../../catalog/hardware.ts';
import type { Assumption } from '../prediction.ts';
import type { Shape } from './parameters.ts';

export type Precision = 'fp32' | 'tf32' | 'fp16' | 'bf16' | 'fp8';
export type Recompute = 'none' | 'selective' | 'full';

/** What of a replica's state is cut among how many data-parallel ranks. */
export interface Sharding {
  readonly parameters: boolean;
  readonly gradients: boolean;
  readonly optimizer: boolean;
  /** Ranks among which it is cut: data and context parallel together, or fewer. 1: nothing is cut. */
  readonly group: number;
}

/**
 * How well a layer's small operations are fused: `classic` as Megatron before 2022, `eager` as plain PyTorch with flash
 * attention, `fused` as compiled graphs and the kernels of Transformer Engine.
 */
export type Kernels = 'classic' | 'eager' | 'fused';

/** What the training software does, as far as it moves time from one term to another. */
export interface Software {
  readonly kernels: Kernels;
  /** Attention by the vendor's library, tuned for the GPU, in place of the open flash attention. */
  readonly vendorAttention: boolean;
  /** Gradients are reduced while the backward pass still runs. */
  readonly overlapsGradients: boolean;
  /** Updated weights are gathered while the next forward pass already runs. */
  readonly overlapsGather: boolean;
  /** Tensor-parallel transfers run beside the matrix products in pieces. */
  readonly overlapsTensorParallel: boolean;
  /** Sends between stages run beside the computation of other chunks. */
  readonly overlapsPipeline: boolean;
  /** The loss and the selective recompute of PyTorch itself, in place of Megatron's. */
  readonly ofTorch: boolean;
  /** Bytes of a gradient as it is reduced. */
  readonly gradientBytes: 2 | 4;
}

/** A run with every field known, checked against each other, and in one unit each. */
export interface ResolvedRun extends Shape {
  readonly id: string | undefined;
  readonly gpu: GpuModel;
  readonly gpus: number;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** Board power limit, watts; below the model's own for a limited part. */
  readonly powerLimitWatts: number;
  readonly seq: number;
  /** Of the whole model, counted from the shape. */
  readonly parameters: number;
  readonly tp: number;
  readonly pp: number;
  readonly dp: number;
  readonly cp: number;
  readonly vp: number;
  readonly sequenceParallel: boolean;
  readonly microBatch: number;
  readonly globalBatch: number;
  /** Micro-batches a replica takes in a step. */
  readonly microBatches: number;
  readonly recompute: Recompute;
  readonly precision: Precision;
  readonly sharding: Sharding;
  readonly flashAttention: boolean;
  readonly software: Software;
  /** Bytes a second of all network adapters of a node, one direction. */
  readonly networkBytesPerSecond: number;
  /** Omni-Path leaves the transport to the host's processors. */
  readonly fabric: 'omni-path' | 'rdma';
  readonly assumed: readonly Assumption[];
}

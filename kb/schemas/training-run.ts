import { z } from 'zod';

/**
 * A training run as published tables, job files and the inventory describe it. Names are those of the field's own
 * configuration files; sizes are counts, sequence and batch are in tokens and sequences. What is left out is assumed
 * by a stated rule and listed, or refused by name, when a run is resolved (kb/performance/run).
 */

const count = (max: number) => z.int().min(1).max(max);

export const precisions = ['fp32', 'tf32', 'fp16', 'bf16', 'bf16-amp', 'bf16-pure', 'fp16/bf16', 'fp8'] as const;
export const recomputes = ['none', 'selective', 'full'] as const;

export const trainingRunSchema = z.looseObject({
  id: z.string().min(1).max(200).optional(),
  /** As `nvidia-smi` or a vendor writes it: `A800-SXM4-80GB`. */
  gpu: z.string().min(1).max(100),
  gpus: count(1_000_000),
  nodes: count(1_000_000).nullish(),
  /** All parameters; derived from the shape where it is complete. */
  params: z.number().positive().max(1e14).nullish(),
  layers: count(10_000).nullish(),
  hidden: count(1_000_000).nullish(),
  ffn: count(10_000_000).nullish(),
  /** Three matrices in the feed-forward block (SwiGLU, GeGLU) in place of two. */
  gated: z.boolean().nullish(),
  heads: count(10_000).nullish(),
  kv_heads: count(10_000).nullish(),
  /** Tokens a sequence. */
  seq: count(100_000_000).nullish(),
  vocab: count(100_000_000).nullish(),
  tp: count(4_096).nullish(),
  pp: count(4_096).nullish(),
  dp: count(1_000_000).nullish(),
  /** Context parallel: pieces of a sequence. */
  cp: count(4_096).nullish(),
  /** Model chunks a pipeline stage (interleaving). */
  vp: count(1_000).nullish(),
  sequence_parallel: z.boolean().nullish(),
  /** Sequences a replica takes at once. */
  micro_batch: count(1_000_000).nullish(),
  /** Sequences an optimiser step. */
  global_batch: count(100_000_000).nullish(),
  recompute: z.enum(recomputes).nullish(),
  precision: z.string().max(40).nullish(),
  /** `zero0`, `zero1`, `zero1-in-8`, `zero2`, `zero3`, `fsdp-full_shard`, `fsdp-shard_grad_op`, `distributed-optimizer` … */
  sharding: z.string().max(100).nullish(),
  flash_attention: z.boolean().nullish(),
  framework: z.string().max(200).nullish(),
  /** In words, `8x200Gb/s IB`; see `network_gbps_per_node`. */
  interconnect: z.string().max(400).nullish(),
  /** Gbit/s of all adapters of a node together, one direction. */
  network_gbps_per_node: z.number().positive().max(1_000_000).nullish(),
  measured: z
    .looseObject({
      /** Seconds an optimiser step. */
      iteration_s: z.number().positive().nullish(),
      tokens_per_s: z.number().positive().nullish(),
      tokens_per_s_per_gpu: z.number().positive().nullish(),
    })
    .nullish(),
});

export type TrainingRun = z.infer<typeof trainingRunSchema>;

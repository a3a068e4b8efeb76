import type { TrainingRun } from '../../../../kb/schemas/training-run.ts';

/** A model of 13 billion parameters on ten nodes, with nothing left to assume. */
export function aRun(): TrainingRun {
  return {
    id: 'llama-13b',
    gpu: 'A800-SXM4-80GB',
    gpus: 80,
    nodes: 10,
    network_gbps_per_node: 800,
    layers: 40,
    hidden: 5120,
    ffn: 13_824,
    gated: true,
    heads: 40,
    kv_heads: 40,
    seq: 4096,
    vocab: 32_000,
    tp: 4,
    pp: 2,
    dp: 10,
    micro_batch: 1,
    global_batch: 640,
    precision: 'bf16',
    recompute: 'selective',
    sequence_parallel: true,
    flash_attention: true,
    sharding: 'distributed-optimizer',
    framework: 'Megatron-LM',
  };
}

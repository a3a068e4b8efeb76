import { describe, expect, it } from 'vitest';
import { layerActivationBytes, memoryGib, stateBytes } from '../../../../kb/performance/model/memory.ts';
import { resolved } from './example-runs.ts';

const one = { gpus: 1, nodes: 1, tp: 1, pp: 1, dp: 1, global_batch: 8 };

describe('activations of a layer (arXiv:2205.05198)', () => {
  it('take sbh(34 + 5as/h) bytes whole', () => {
    const run = resolved({ ...one, recompute: 'none' });
    const [sbh, ratio] = [2048 * 12_288, (5 * 96 * 2048) / 12_288];
    expect(layerActivationBytes(run, 'none')).toBe(sbh * (34 + ratio));
  });

  it('take sbh(10 + 24/t + 5as/ht) with tensor parallel, 34/t with sequence parallel and selective recompute', () => {
    const sbh = 2048 * 12_288;
    const run = resolved({});
    expect(layerActivationBytes(run, 'none')).toBe(sbh * (10 + 24 / 8 + (5 * 96 * 2048) / (12_288 * 8)));
    const sequence = resolved({ sequence_parallel: true });
    expect(layerActivationBytes(sequence, 'selective')).toBe(sbh * (34 / 8));
  });

  it('are the input alone, 2sbh, with full recompute', () => {
    expect(layerActivationBytes(resolved({}), 'full')).toBe(2 * 2048 * 12_288);
  });
});

describe('weights, gradients and Adam', () => {
  it('take 16 bytes a parameter with 16-bit gradients, 18 with fp32', () => {
    const fp16 = resolved(one);
    expect(stateBytes(fp16) / fp16.parameters).toBeCloseTo(16, 6);
    const bf16 = resolved({ ...one, precision: 'bf16' });
    expect(stateBytes(bf16) / bf16.parameters).toBeCloseTo(18, 6);
  });

  it('take 4 + 12/d bytes with a sharded optimiser (arXiv:1910.02054, figure 1)', () => {
    const run = resolved({ ...one, gpus: 64, nodes: 8, dp: 64, global_batch: 64, sharding: 'zero1' });
    expect(stateBytes(run) / run.parameters).toBeCloseTo(4 + 12 / 64, 6);
  });

  it('take less the more of them is sharded', () => {
    const bytes = ['zero0', 'zero1', 'zero2', 'zero3'].map((sharding) =>
      memoryGib(resolved({ ...one, gpus: 64, nodes: 8, dp: 64, global_batch: 64, sharding })),
    );
    expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
    expect(new Set(bytes).size).toBe(4);
  });

  it('are whole where there is nobody to share them with', () => {
    const [alone, sharded] = ['zero0', 'zero3'].map((sharding) => stateBytes(resolved({ ...one, sharding })));
    expect(sharded).toBe(alone);
  });
});

describe('recompute', () => {
  it.each([true, false])('never needs more memory than none (flash attention: %s)', (flash_attention) => {
    for (const layers of [1, 96])
      for (const framework of ['Megatron-LM', 'torchtitan']) {
        const gib = (recompute: 'none' | 'selective' | 'full') =>
          memoryGib(resolved({ ...one, layers, recompute, flash_attention, framework }));
        expect(gib('selective')).toBeLessThanOrEqual(gib('none'));
        expect(gib('full')).toBeLessThanOrEqual(gib('selective'));
      }
  });

  it('of attention alone saves nothing where flash attention keeps no scores', () => {
    const [none, selective] = (['none', 'selective'] as const).map((recompute) =>
      memoryGib(resolved({ ...one, recompute, flash_attention: true })),
    );
    expect(selective).toBe(none);
  });
});

// https://github.com/pytorch/torchtitan/blob/main/benchmarks/llama3_h100_202412_torchtitan.md, tables 1 to 3
describe('memory that torchtitan measured of Llama 3.1 8B, fully sharded and compiled', () => {
  const llama = {
    gpu: 'H100-SXM5-80GB',
    nodes: undefined,
    layers: 32,
    hidden: 4096,
    ffn: 14_336,
    gated: true,
    heads: 32,
    kv_heads: 8,
    vocab: 128_256,
    tp: 1,
    pp: 1,
    dp: undefined,
    global_batch: undefined,
    precision: 'bf16',
    sharding: 'fsdp-full_shard',
    flash_attention: true,
    framework: 'torchtitan',
  };
  it.each([
    ['2 x 8,192 tokens, selective, 8 GPUs', 77, { gpus: 8, seq: 8192, micro_batch: 2, recompute: 'selective' }],
    ['2 x 8,192 tokens, selective, 128 GPUs', 62, { gpus: 128, seq: 8192, micro_batch: 2, recompute: 'selective' }],
    ['32,768 tokens, full, 8 GPUs', 83.9, { gpus: 8, seq: 32_768, micro_batch: 1, recompute: 'full' }],
  ] as const)('%s', (_what, measuredGib, run) => {
    expect(Math.abs(memoryGib(resolved({ ...llama, ...run })) / measuredGib - 1)).toBeLessThan(0.06);
  });
});

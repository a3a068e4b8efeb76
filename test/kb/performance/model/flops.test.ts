import { describe, expect, it } from 'vitest';
import { hardwareFlops, modelFlops } from '../../../../kb/performance/model/flops.ts';
import { gpt3Run, resolved } from './example-runs.ts';

const { seq, vocab } = { seq: 2048, vocab: 51_200 };
const [layers, hidden, batch] = [96, 12_288, 1536];

describe('the FLOPs of a step', () => {
  it('are 96BsLh^2(1 + s/6h + V/16Lh) with full recompute (arXiv:2104.04473)', () => {
    const megatron =
      96 * batch * seq * layers * hidden ** 2 * (1 + seq / (6 * hidden) + vocab / (16 * layers * hidden));
    expect(hardwareFlops(resolved({})) / megatron).toBeCloseTo(1, 9);
  });

  it('are 72BsLh^2(1 + s/6h + V/12Lh) of the model itself (arXiv:2205.05198)', () => {
    const model = 72 * batch * seq * layers * hidden ** 2 * (1 + seq / (6 * hidden) + vocab / (12 * layers * hidden));
    expect(modelFlops(resolved({})) / model).toBeCloseTo(1, 9);
  });

  it('are near six a parameter and token', () => {
    const run = resolved({});
    expect(modelFlops(run) / (6 * run.parameters * batch * seq)).toBeCloseTo(1 + seq / (6 * hidden), 2);
  });

  it('count attention alone again with selective recompute', () => {
    const none = hardwareFlops(resolved({ recompute: 'none' }));
    const selective = hardwareFlops(resolved({ recompute: 'selective', sequence_parallel: true }));
    expect(none).toBe(modelFlops(resolved({})));
    expect(selective - none).toBeCloseTo(4 * batch * seq ** 2 * hidden * layers, -12);
  });

  it('give the rate of GPT-3 on 1,024 GPUs back: 451 billion TFLOP over 34 days at 140 TFLOP/s', () => {
    // Section 5.1 of arXiv:2104.04473: 300 billion tokens, 8TP / (n X) seconds with P = 175e9, X = 140e12, n = 1024.
    const days = (8 * 300e9 * 175e9) / (1024 * 140e12) / 86_400;
    const steps = 300e9 / (batch * seq);
    const ours = (hardwareFlops(resolved({})) * steps) / (1024 * 140e12) / 86_400;
    expect(days).toBeCloseTo(33.9, 1);
    expect(ours / days).toBeCloseTo(1, 1);
  });

  it('of grouped queries and a gate are those of their matrices', () => {
    const llama = { ...gpt3Run, hidden: 4096, layers: 32, heads: 32, kv_heads: 8, ffn: 14_336, gated: true };
    const run = resolved({ ...llama, vocab: 128_256, seq: 8192 });
    const perToken = 2 * (32 * (2 * 4096 ** 2 * 1.25 + 3 * 4096 * 14_336) + 4096 * 128_256) + 4 * 8192 * 4096 * 32;
    expect(modelFlops(run)).toBeCloseTo(3 * perToken * run.globalBatch * 8192, -12);
  });
});

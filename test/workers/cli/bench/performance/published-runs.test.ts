import { describe, expect, test } from 'vitest';
import { parseRuns, readRuns } from '../../../../../workers/cli/bench/performance/published-runs.ts';
import { repositoryFile } from '../../../../../workers/repository-file.ts';

const row = {
  id: 'r',
  set: 's',
  source: 'owner/name file.md',
  gpu: 'A100-SXM4',
  gpus: 8,
  global_batch: 64,
  seq: 1_000,
};
const parsed = (...rows: readonly object[]) => parseRuns(rows.map((one) => JSON.stringify(one)));

describe('published runs', () => {
  test('the shipped table: 2,044 runs to compare, repeats and micro-benchmarks set aside', () => {
    const { runs, skipped } = readRuns(repositoryFile('kb/performance/runs/published-runs.jsonl'));
    expect(runs).toHaveLength(2_044);
    expect(skipped).toHaveLength(14 + 25);
    expect(runs.every(({ measured }) => measured.kind === 'seconds')).toBe(true);
    expect(new Set(runs.filter(({ set }) => set.startsWith('vtrain')).map(({ source }) => source)).size).toBe(1);
  });

  test('seconds come before throughput, throughput before FLOP rates', () => {
    const { runs } = parsed(
      { ...row, measured: { iteration_s: 3, tokens_per_s: 1 } },
      { ...row, measured: { tokens_per_s: 32_000, tflops_per_gpu: 100 } },
      { ...row, measured: { tokens_per_s_per_gpu: 4_000 } },
      { ...row, measured: { tflops_per_gpu: 100, mfu: 0.3 }, framework: 'Megatron-LM' },
      { ...row, measured: { tflops_per_gpu: 100 }, framework: 'torchtitan' },
      { ...row, measured: { mfu: 0.3 } },
    );
    expect(runs.map(({ measured }) => measured)).toEqual([
      { kind: 'seconds', seconds: 3 },
      { kind: 'seconds', seconds: 2 },
      { kind: 'seconds', seconds: 2 },
      { kind: 'rate', of: 'hardware', tflopsPerGpu: 100 },
      { kind: 'rate', of: 'model', tflopsPerGpu: 100 },
      { kind: 'share', of: 'model', shareOfPeak: 0.3 },
    ]);
    expect(runs[0]?.source).toBe('owner/name');
  });

  test('what cannot be compared is set aside with the reason', () => {
    const { runs, skipped } = parseRuns([
      'not json',
      JSON.stringify({ ...row, kind: 'microbenchmark', measured: {} }),
      JSON.stringify({ ...row, config_quality: 'duplicate', measured: { iteration_s: 1 } }),
      JSON.stringify({ ...row, gpus: 0, measured: { iteration_s: 1 } }),
      JSON.stringify({ ...row, measured: {} }),
    ]);
    expect(runs).toEqual([]);
    expect(skipped.map(({ id }) => id)).toEqual(['line-1', 'r', 'r', 'line-4', 'r']);
    expect(skipped[3]?.reason).toContain('gpus');
  });
});

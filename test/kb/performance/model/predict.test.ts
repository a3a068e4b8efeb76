import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predict } from '../../../../kb/performance/model/predict.ts';
import { stepTerms } from '../../../../kb/performance/prediction.ts';
import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import type { TrainingRun } from '../../../../kb/schemas/training-run.ts';
import { resolved } from './example-runs.ts';
import { publishedRuns } from './published.ts';

const seconds = (run: Partial<TrainingRun>): number => predict(resolved(run)).iterationSeconds;

/** Runs of all kinds that come out: powers of two, heads of 128. */
const runs: fc.Arbitrary<Partial<TrainingRun>> = fc
  .record({
    gpu: fc.constantFrom('A800-SXM4-80GB', 'A100-SXM4-40GB', 'H100-SXM5-80GB', 'V100-SXM2-32GB', 'H200'),
    tp: fc.constantFrom(1, 2, 4, 8, 16),
    pp: fc.constantFrom(1, 2, 4, 8),
    dp: fc.constantFrom(1, 2, 16, 64),
    cp: fc.constantFrom(1, 2),
    vp: fc.constantFrom(1, 2),
    heads: fc.constantFrom(16, 32, 64, 96),
    layers: fc.constantFrom(16, 32, 96),
    seq: fc.constantFrom(1024, 2048, 8192),
    micro_batch: fc.constantFrom(1, 2, 4),
    steps: fc.constantFrom(1, 4, 32),
    recompute: fc.constantFrom('none' as const, 'selective' as const, 'full' as const),
    sharding: fc.constantFrom('zero0', 'zero1', 'zero2', 'zero3'),
    flash_attention: fc.boolean(),
    sequence_parallel: fc.boolean(),
    gated: fc.boolean(),
    framework: fc.constantFrom('Megatron-LM', 'NeMo', 'torchtitan', 'Megatron-DeepSpeed', 'Composer'),
    network_gbps_per_node: fc.constantFrom(100, 800, 3200),
    precision: fc.constant('fp16'),
  })
  .map(({ steps, ...run }) => ({
    ...run,
    gpus: run.tp * run.pp * run.dp * run.cp,
    nodes: Math.ceil((run.tp * run.pp * run.dp * run.cp) / 8),
    hidden: 128 * run.heads,
    ffn: 512 * run.heads,
    kv_heads: run.heads,
    global_batch: run.dp * run.micro_batch * steps,
  }));

const check = (property: (run: Partial<TrainingRun>) => void): void => {
  fc.assert(fc.property(runs, property), { seed: 8, numRuns: 150 });
};

describe('any prediction', () => {
  it('is the sum of its terms, none of them negative', () => {
    check((run) => {
      const { iterationSeconds, breakdown } = predict(resolved(run));
      expect(stepTerms.reduce((sum, term) => sum + breakdown[term], 0)).toBe(iterationSeconds);
      expect(Object.values(breakdown).filter((value) => !(value >= 0))).toEqual([]);
    });
  });

  it('lies within its bounds, and its other figures follow from the step time', () => {
    check((run) => {
      const known = resolved(run);
      const one = predict(known);
      expect(one.low).toBeLessThan(one.iterationSeconds);
      expect(one.high).toBeGreaterThan(one.iterationSeconds);
      expect(one.tokensPerSecond * one.iterationSeconds).toBeCloseTo(known.globalBatch * known.seq, 3);
      expect(one.hardwareTflopsPerGpu).toBeGreaterThanOrEqual(one.modelTflopsPerGpu);
      expect(one.hardwareTflopsPerGpu).toBeLessThan(known.gpu.bf16PeakTflops);
      expect(one.powerWattsPerGpu).toBeLessThan(known.powerLimitWatts);
      expect(one.powerWattsPerGpu).toBeGreaterThan(0.25 * known.powerLimitWatts);
      expect(one.memoryGibPerGpu).toBeGreaterThan(0);
    });
  });

  const costlier: readonly (readonly [string, (run: Partial<TrainingRun>) => Partial<TrainingRun>])[] = [
    ['more layers', (run) => ({ layers: 2 * (run.layers ?? 1) })],
    ['an odd layer more', (run) => ({ layers: (run.layers ?? 1) + 1 })],
    ['a longer sequence', (run) => ({ seq: 2 * (run.seq ?? 1) })],
    [
      'a wider model',
      (run) => ({
        heads: 2 * (run.heads ?? 1),
        kv_heads: 2 * (run.heads ?? 1),
        hidden: 2 * (run.hidden ?? 1),
        ffn: 2 * (run.ffn ?? 1),
      }),
    ],
    ['a wider feed-forward block', (run) => ({ ffn: 2 * (run.ffn ?? 1) })],
    ['a larger vocabulary', () => ({ vocab: 256_000 })],
    ['a larger batch', (run) => ({ global_batch: 2 * (run.global_batch ?? 1) })],
    ['a slower network', (run) => ({ network_gbps_per_node: (run.network_gbps_per_node ?? 1) / 2 })],
    ['a lower power limit', (run) => ({ gpu: `${run.gpu} 200W` })],
  ];

  it.each(costlier)('is never faster with %s', (_, change) => {
    check((run) => {
      expect(seconds({ ...run, ...change(run) })).toBeGreaterThanOrEqual(seconds(run) * (1 - 1e-12));
    });
  });

  it('is never faster with recompute', () => {
    check((run) => {
      const [none, selective, full] = (['none', 'selective', 'full'] as const).map((recompute) =>
        seconds({ ...run, recompute }),
      );
      expect(selective).toBeGreaterThanOrEqual(none ?? Infinity);
      expect(full).toBeGreaterThanOrEqual(selective ?? Infinity);
    });
  });

  it('is never faster with more replicas that each do the same', () => {
    check((run) => {
      const base = { ...run, sharding: 'zero0' };
      const factor = { dp: 4 * (run.dp ?? 1), gpus: 4 * (run.gpus ?? 1), nodes: Math.ceil((4 * (run.gpus ?? 1)) / 8) };
      const more = { ...base, ...factor, global_batch: 4 * (run.global_batch ?? 1) };
      expect(seconds(more)).toBeGreaterThanOrEqual(seconds(base) * (1 - 1e-12));
    });
  });
});

describe('a large batch', () => {
  it('doubled takes nearly twice as long', () => {
    const ratio = seconds({ global_batch: 2 * 12_288 }) / seconds({ global_batch: 12_288 });
    expect(ratio).toBeGreaterThan(1.97);
    expect(ratio).toBeLessThan(2);
  });
});

describe('a site that measured itself', () => {
  const site = { scale: 1.2, sigma: 0.05, runs: 8 };

  it('scales every term and narrows the bounds', () => {
    const run = resolved({});
    const [plain, own] = [predict(run), predict(run, { site })];
    expect(own.iterationSeconds / plain.iterationSeconds).toBeCloseTo(1.2, 9);
    expect(own.breakdown.matmul / plain.breakdown.matmul).toBeCloseTo(1.2, 9);
    expect(own.high / own.low).toBeLessThan(plain.high / plain.low);
    expect(own.high / own.iterationSeconds).toBeCloseTo(Math.exp(1.645 * 0.05), 9);
    expect(stepTerms.reduce((sum, term) => sum + own.breakdown[term], 0)).toBe(own.iterationSeconds);
  });
});

describe('an A800', () => {
  it('is slower than an A100 by its NVLink alone', () => {
    const [a800, a100] = ['A800-SXM4-80GB', 'A100-SXM4-80GB'].map((gpu) => predict(resolved({ gpu })));
    expect(a800?.iterationSeconds).toBeGreaterThan(a100?.iterationSeconds ?? Infinity);
    const changed = stepTerms.filter((term) => a800?.breakdown[term] !== a100?.breakdown[term]);
    expect(changed).toContain('tensorParallel');
    expect(changed).not.toContain('matmul');
    expect((a800?.breakdown.tensorParallel ?? 0) / (a100?.breakdown.tensorParallel ?? 1)).toBeLessThan(1.5);
  });
});

describe('the published runs', () => {
  it('all have a finite prediction, most of them near to what was measured', () => {
    const errors = publishedRuns().flatMap((run) => {
      const resolution = resolveRun(run);
      const measured = run.measured?.iteration_s;
      if (resolution.kind === 'refused' || !measured) return [];
      return [Math.abs(Math.log(predict(resolution.run).iterationSeconds / measured))];
    });
    expect(errors.filter((error) => !Number.isFinite(error))).toEqual([]);
    expect(errors.filter((error) => error < 0.3).length / errors.length).toBeGreaterThan(0.8);
  });
});

describe('flash attention', () => {
  it('fills up a head size that is no multiple of 8, so that a little wider head costs a little more', () => {
    const at = (headSize: number): number =>
      seconds({ flash_attention: true, hidden: 96 * headSize, ffn: 384 * headSize, seq: 8192 });
    expect(at(100)).toBeGreaterThan(at(96));
    expect(at(100) / at(96)).toBeLessThan(1.2);
    expect(at(104) / at(100)).toBeGreaterThan(1);
  });
});

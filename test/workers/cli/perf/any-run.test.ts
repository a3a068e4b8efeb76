import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { precisions, recomputes, trainingRunSchema } from '../../../../kb/schemas/training-run.ts';
import { explainRun } from '../../../../workers/cli/perf/explain-run.ts';
import { renderExplanation } from '../../../../workers/cli/perf/explain-run-text.ts';
import { outcomeOf } from '../../../../workers/cli/perf/predict-runs.ts';
import { aRun } from './a-run.ts';

const size = (max: number) =>
  fc.option(
    fc.oneof(
      fc.nat(Math.floor(Math.log2(max))).map((power) => 2 ** power),
      fc.integer({ min: 1, max }),
    ),
  );
const choice = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values));

/** Whatever a table could say: fields there or not, sizes that fit together or not. */
const anyRun = fc
  .record({
    gpu: fc.constantFrom('A100-SXM4', 'A800-SXM4-80GB', 'H100-SXM5-80GB 500W', 'V100-SXM2-32GB', 'H200', 'B300'),
    gpus: fc.nat(12).map((power) => 2 ** power),
    nodes: size(100),
    params: fc.option(fc.double({ min: 1, max: 1e14, noNaN: true })),
    layers: size(200),
    hidden: size(20_000),
    ffn: size(100_000),
    gated: fc.option(fc.boolean()),
    heads: size(200),
    kv_heads: size(64),
    seq: size(100_000),
    vocab: size(300_000),
    tp: size(16),
    pp: size(64),
    dp: size(512),
    cp: size(16),
    vp: size(8),
    sequence_parallel: fc.option(fc.boolean()),
    micro_batch: size(16),
    global_batch: size(4096),
    recompute: choice(...recomputes),
    precision: choice(...precisions, 'int4'),
    sharding: choice('zero0', 'zero1-in-8', 'zero2', 'fsdp-full_shard', 'distributed-optimizer', 'other'),
    flash_attention: fc.option(fc.boolean()),
    framework: choice('Megatron-LM', 'torchtitan', 'DeepSpeed', 'our own'),
    interconnect: choice('8x200Gb/s IB', 'a lot', ''),
    network_gbps_per_node: fc.option(fc.double({ min: 0.1, max: 10_000, noNaN: true })),
  })
  .map((fields) => trainingRunSchema.parse(fields));

/** A run that is whole, with some of its knobs elsewhere: more of these can be predicted. */
const anotherRun = fc
  .record({
    tp: fc.constantFrom(1, 2, 4, 8),
    pp: fc.constantFrom(1, 2, 4, 5),
    vp: fc.constantFrom(1, 2, 4),
    micro_batch: fc.constantFrom(1, 2, 4),
    seq: fc.constantFrom(1024, 4096, 131_072),
    recompute: fc.constantFrom(...recomputes),
    flash_attention: fc.boolean(),
    gpu: fc.constantFrom('A800-SXM4-80GB', 'H100-SXM5-80GB', 'V100-SXM2-32GB'),
  })
  .map((fields) => ({ ...aRun(), ...fields, dp: 80 / fields.tp / fields.pp, precision: 'fp16', global_batch: 640 }))
  .filter(({ dp }) => Number.isInteger(dp));

const placeOf = (field: string) => `here ${field}`;

describe('any run', () => {
  it('is predicted in finite numbers, or refused with a field and a reason', () => {
    let predictedRuns = 0;
    fc.assert(
      fc.property(fc.oneof(anyRun, anotherRun), (run) => {
        const outcome = outcomeOf({ kind: 'run', id: 'x', run, placeOf }, null);
        const problems = outcome.kind === 'refused' ? outcome.problems : [];
        expect(problems.filter(({ field, reason }) => field === '' || reason === '')).toEqual([]);
        expect(problems.length > 0).toBe(outcome.kind === 'refused');
        if (outcome.kind !== 'predicted') return;
        predictedRuns += 1;
        const { assumed: _assumed, breakdown, ...figures } = outcome.prediction;
        for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
        for (const seconds of Object.values(breakdown)) expect(seconds).toBeGreaterThanOrEqual(0);
        expect(Object.values({ ...figures, ...breakdown }).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 800 },
    );
    expect(predictedRuns).toBeGreaterThan(50);
  });

  it('can be explained, with changes that are runs themselves', () => {
    fc.assert(
      fc.property(anotherRun, (run) => {
        const explained = explainRun({ kind: 'run', id: 'x', run, placeOf }, null);
        if ('problems' in explained) return;
        const text = renderExplanation({ colour: false }, explained, 100);
        expect(text).not.toMatch(/NaN|Infinity|undefined|[+-]0\.0 %/);
        for (const { iterationSeconds, gain } of explained.whatIfs.possible) {
          expect(iterationSeconds).toBeGreaterThan(0);
          expect(gain).toBeGreaterThan(-1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

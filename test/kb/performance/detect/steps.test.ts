import { describe, expect, it } from 'vitest';
import { stepsInLog } from '../../../../kb/performance/detect/log-steps.ts';
import { knownPauses, pausesOf, periodicPhases } from '../../../../kb/performance/detect/pauses.ts';
import { stepsOf, type StepSample } from '../../../../kb/performance/detect/steps.ts';
import type { MetricRange } from '../../../../kb/schemas/metric.ts';

function rangeOf(
  ...named: readonly (readonly [name: string, values: readonly number[], everyMs: number])[]
): MetricRange {
  const series = named.map(([name, values, everyMs]) => ({
    name,
    labels: { job: 'a' },
    points: values.map((value, index) => [index * everyMs, value] as const),
  }));
  return { fromMs: 0, toMs: 1e6, alertAtMs: 1e6, stepMs: 15_000, series, missing: [] };
}

const secondsOf = (samples: readonly StepSample[]): readonly number[] => samples.map(({ seconds }) => seconds);

describe('steps', () => {
  it('that are read several times count once', () => {
    const range = rangeOf(
      ['training_step_seconds', [40, 40, 40, 41, 41, 41.5], 15_000],
      ['training_iteration', [7, 7, 7, 8, 8, 9], 15_000],
    );
    expect(stepsOf(range).samples).toEqual([
      { atMs: 0, seconds: 40, iteration: 7 },
      { atMs: 45_000, seconds: 41, iteration: 8 },
      { atMs: 75_000, seconds: 41.5, iteration: 9 },
    ]);
  });

  it('without a number are told apart by their time, unless that is rounded', () => {
    const told = stepsOf(rangeOf(['training_step_seconds', [4.11, 4.11, 4.13, 4.09, 4.09, 4.2, 4.15], 5_000]));
    expect(secondsOf(told.samples)).toEqual([4.11, 4.13, 4.09, 4.2, 4.15]);
    const rounded = stepsOf(rangeOf(['training_step_seconds', [4, 4, 4, 4], 5_000]));
    expect(rounded.samples).toHaveLength(4);
  });

  it('come from throughput where only that is counted, and zeros are none', () => {
    const range = rangeOf(['training_tokens_per_second', [100, 0, 50], 15_000]);
    expect(stepsOf(range, 400)).toMatchObject({ unit: 'seconds', samples: [{ seconds: 4 }, { seconds: 8 }] });
    expect(stepsOf(range).unit).toBe('relative');
  });

  it('are read from a log', () => {
    const lines = [
      ' iteration        2/    5000 | consumed samples:           32 | elapsed time per iteration (ms): 8493.8 | learning rate: 5.000E-08 | global batch size:    16 |',
      'saving checkpoint at iteration 2 to /ckpt',
      ' iteration        3/    5000 | consumed samples:           48 | elapsed time per iteration (ms): 2878.8 | learning rate: 7.500E-08 | global batch size:    16 |',
    ];
    expect(stepsInLog(lines.map((text, index) => ({ text, atMs: 1000 * index })))).toEqual([
      { atMs: 0, seconds: expect.closeTo(8.4938, 6), iteration: 2 },
      { atMs: 2000, seconds: expect.closeTo(2.8788, 6), iteration: 3 },
    ]);
    expect(stepsInLog([{ text: lines[0] ?? '' }])).toEqual([]);
  });
});

describe('pauses', () => {
  /** A step of eight seconds; each twentieth is followed by forty seconds of saving. */
  const saving = (inside: boolean): readonly StepSample[] => {
    let atMs = 0;
    return Array.from({ length: 100 }, (_, index) => {
      const saves = index % 20 === 10;
      atMs += 8000 + (saves ? 40_000 : 0);
      return { atMs, seconds: saves && inside ? 48 : 8, iteration: index };
    });
  };

  it.each([
    ['inside the step that saves', true],
    ['between two steps', false],
  ])('have a period: %s', (_name, inside) => {
    const found = pausesOf(saving(inside), { stepMs: 15_000 });
    expect(found.period).toEqual({ every: 20, unit: 'steps' });
    expect(found.pauses).toHaveLength(5);
    expect(found.pauses[0]?.seconds).toBeCloseTo(40, 0);
    expect(periodicPhases(found)).toHaveLength(5);
  });

  it('at odd times excuse nothing', () => {
    const odd = saving(true).map((sample, index) => ({ ...sample, seconds: [3, 10, 50, 60].includes(index) ? 48 : 8 }));
    expect(periodicPhases(pausesOf(odd, { stepMs: 1e6 }))).toEqual([]);
  });

  it('are no lasting slowdown', () => {
    const slow = saving(false).map((sample, index) => ({
      ...sample,
      atMs: 8000 * index,
      seconds: index > 60 ? 20 : 8,
    }));
    expect(pausesOf(slow, { stepMs: 1e6 }).pauses).toEqual([]);
  });

  it('that are known have a length when they have ended', () => {
    expect(
      knownPauses([
        { kind: 'checkpoint', fromMs: 0, toMs: 30_000 },
        { kind: 'evaluation', fromMs: 50_000, toMs: 60_000 },
        { kind: 'checkpoint', fromMs: 90_000, toMs: null },
      ]),
    ).toMatchObject([{ seconds: 30 }]);
  });
});

import { describe, expect, it } from 'vitest';
import { judge } from '../../../../kb/performance/detect/judge.ts';
import { emptyHistory, observeSteps } from '../../../../kb/performance/detect/history.ts';
import { stepsOf } from '../../../../kb/performance/detect/steps.ts';
import type { PerformanceVerdict } from '../../../../kb/performance/detect/verdict.ts';
import { performanceKinds } from '../../../../kb/performance/kinds.ts';
import type { MetricRange } from '../../../../kb/schemas/metric.ts';
import {
  draw,
  endMs,
  healthyStep,
  inputOf,
  layoutFor,
  minuteMs,
  nodeName,
  onsetMs,
  policy,
  prediction,
  series,
  startMs,
} from './drawn-job.ts';

const late = (atMs: number): boolean => atMs >= onsetMs;
const slower = (factor: number) => (atMs: number) => (late(atMs) ? factor : 1) * healthyStep;
const judged = (range: MetricRange, wanted: Parameters<typeof inputOf>[1] = {}) => judge(inputOf(range, wanted));
const kindsOf = ({ matches }: PerformanceVerdict): readonly string[] => matches.map(({ kind }) => kind);
const componentsOf = ({ components }: PerformanceVerdict): readonly string[] =>
  components.map(({ component }) => component);
const tiersOf = ({ alarms }: PerformanceVerdict): readonly string[] => [...new Set(alarms.map(({ tier }) => tier))];

/** One GPU falls to 210 MHz, all others wait for it: the case that the performance model is for. */
const throttled = {
  step: slower(4.6),
  gpu: (metric: string, node: number, gpu: number, atMs: number): number => {
    if (!late(atMs)) return 1;
    const isSlow = node === 2 && gpu === 5;
    if (metric === 'DCGM_FI_DEV_SM_CLOCK') return isSlow ? 210 / 1395 : 1;
    if (metric === 'DCGM_FI_DEV_POWER_USAGE') return isSlow ? 0.3 : 0.5;
    if (metric === 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE') return isSlow ? 1.4 : 0.22;
    return metric.includes('NVLINK') ? 0.22 : 1;
  },
};

describe('a healthy job', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is normal (seed %i)', (seed) => {
    const verdict = judged(draw({ seed }), { prediction });
    expect(verdict.kind).toBe('normal');
    expect(verdict.alarms).toEqual([]);
    expect(verdict.components).toEqual([]);
    expect(kindsOf(verdict)).toEqual(['performance.job.normal']);
  });
});

describe('a throttled GPU', () => {
  const verdict = judged(draw(throttled), { prediction, layout: layoutFor(4, 8, 1) });

  it('is found by all three tiers, with size and time', () => {
    expect(verdict.kind).toBe('slow');
    expect(tiersOf(verdict)).toEqual(['absolute', 'history', 'peers']);
    expect(verdict.slowdownRatio).toBeCloseTo(4.6, 0);
    expect(verdict.expectedStepMs).toBeGreaterThan(7_800);
    expect(Math.abs((verdict.sinceMs ?? 0) - onsetMs)).toBeLessThan(minuteMs);
  });

  it('is named, and its clock explains the slowdown', () => {
    expect(verdict.components[0]).toMatchObject({
      component: 'compute-clock',
      node: nodeName(2),
      device: { kind: 'gpu', index: 5 },
    });
    expect(Number(verdict.components[0]?.values['predictedSlowdown'])).toBeGreaterThan(4);
  });

  it('is told with the numbers of throughput and power against the prediction', () => {
    expect(verdict.summary).toMatch(/throughput 2\d % of the predicted 262144 tokens\/s/);
    expect(verdict.summary).toMatch(/GPUs draw 17\d W on average, predicted 340 W/);
    expect(kindsOf(verdict)).toEqual(
      expect.arrayContaining([
        'performance.job.slow',
        'performance.job.slower-than-predicted',
        'performance.power.below-prediction',
        'performance.gpu.clock-below-nominal',
        'performance.gpu.slower-than-peers',
        'performance.component.compute-clock',
      ]),
    );
    const known = new Set(performanceKinds.map(({ id }) => id));
    expect(kindsOf(verdict).filter((kind) => !known.has(kind))).toEqual([]);
  });

  it('is found where nothing tells the step time', () => {
    const range = draw(throttled);
    const blind = judged({ ...range, series: range.series.filter(({ name }) => !name.startsWith('training_')) });
    expect(blind).toMatchObject({ kind: 'slow', slowdownRatio: null, measuredStepMs: null });
    expect(tiersOf(blind)).toEqual(['peers']);
  });

  it('is found by throughput where only tokens are counted', () => {
    const range = draw(throttled);
    const tokens = {
      ...range,
      series: range.series.map((one) =>
        one.name === 'training_step_seconds'
          ? {
              ...one,
              name: 'training_tokens_per_second',
              points: one.points.map(([at, s]) => [at, 2_097_152 / s] as const),
            }
          : one,
      ),
    };
    expect(judged(tokens, { prediction }).slowdownRatio).toBeCloseTo(4.6, 0);
    expect(judged(tokens)).toMatchObject({ kind: 'slow', measuredStepMs: null });
  });
});

describe('a job that was always slow', () => {
  const range = draw({ step: () => 1.6 * healthyStep });

  it('is flagged by the prediction within its first minutes, and says that the cause is not known', () => {
    const young = {
      ...range,
      toMs: startMs + 4 * minuteMs,
      alertAtMs: startMs + 4 * minuteMs,
      series: range.series.map((one) => ({ ...one, points: one.points.slice(0, 16) })),
    };
    const verdict = judged(young, { prediction });
    expect(verdict).toMatchObject({ kind: 'slow', sinceMs: null });
    expect(tiersOf(verdict)).toEqual(['absolute']);
    expect(verdict.slowdownRatio).toBeCloseTo(1.6, 1);
    expect(componentsOf(verdict)).toEqual(['unknown']);
    expect(verdict.summary).toContain('cause unknown');
    expect(kindsOf(verdict)).toContain('performance.job.slower-than-predicted');
  });

  it('looks normal beside itself', () => {
    expect(judged(range).kind).toBe('normal');
  });

  it('is within the prediction while the site knows itself badly, and beyond it once it is calibrated', () => {
    const mild = draw({ step: () => 1.2 * healthyStep });
    expect(judged(mild, { prediction }).kind).toBe('normal');
    const site = { scale: 1, sigma: 0.04, runs: 20 };
    expect(judged(mild, { prediction, site }).kind).toBe('slow');
    expect(judged(mild, { prediction, site: { ...site, runs: 3 } }).kind).toBe('normal');
  });

  it('speaks through nominal clocks where every GPU is slow', () => {
    const all = draw({ gpu: (metric) => (metric === 'DCGM_FI_DEV_SM_CLOCK' ? 0.5 : 1) });
    const verdict = judged(all);
    expect(verdict.kind).toBe('slow');
    expect(componentsOf(verdict)).toEqual(['compute-clock']);
    expect(kindsOf(verdict)).toContain('performance.gpu.clock-below-nominal');
    expect(kindsOf(verdict)).not.toContain('performance.job.normal');
    expect(verdict.matches.length).toBeLessThan(24);
  });
});

describe('one GPU of 640 at 1200 MHz', () => {
  const range = draw({
    nodes: 80,
    gpu: (metric, node, gpu) => (metric === 'DCGM_FI_DEV_SM_CLOCK' && node === 41 && gpu === 6 ? 1200 / 1395 : 1),
    step: () => 1.11 * healthyStep,
  });

  it.each([
    ['without a layout', null],
    ['among like ranks', layoutFor(80, 8, 10)],
  ])('is named %s though the job was never faster', (_name, layout) => {
    const verdict = judged(range, { layout, prediction });
    expect(verdict.kind).toBe('slow');
    expect(verdict.alarms[0]).toMatchObject({ tier: 'peers', node: nodeName(41), device: { index: 6 } });
    expect(verdict.components[0]?.component).toBe('compute-clock');
    expect(Number(verdict.components[0]?.values['predictedSlowdown'])).toBeCloseTo(1.1, 1);
  });
});

describe('components', () => {
  it('network: a port at a lower rate than the others', () => {
    const rates = Array.from({ length: 16 }, (_, port) =>
      series(
        'node_infiniband_rate_bytes_per_second',
        { instance: `${nodeName(port >> 2)}:9100`, device: `mlx5_${port % 4}`, port: '1' },
        (atMs) => (port === 6 && late(atMs) ? 3.125e9 : 25e9),
      ),
    );
    const verdict = judged(draw({ step: slower(1.3), extra: rates }), { prediction });
    expect(verdict.components[0]).toMatchObject({
      component: 'network',
      node: nodeName(1),
      device: { name: 'mlx5_2' },
    });
    expect(verdict.components[0]?.text).toContain('25 Gb/s');
  });

  it('nvlink: errors that rise', () => {
    const errors = series(
      'DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL',
      { Hostname: nodeName(3), gpu: '2' },
      (atMs) => (late(atMs) ? (atMs - onsetMs) / 100 : 0),
    );
    const verdict = judged(draw({ step: slower(1.2), extra: [errors] }));
    expect(verdict.components[0]).toMatchObject({ component: 'nvlink', node: nodeName(3), device: { index: 2 } });
  });

  it('pcie: a link that trained to fewer lanes', () => {
    const verdict = judged(
      draw({
        step: slower(1.2),
        gpu: (metric, node, gpu, atMs) =>
          metric === 'DCGM_FI_DEV_PCIE_LINK_WIDTH' && node === 0 && gpu === 4 && late(atMs) ? 0.25 : 1,
      }),
    );
    expect(verdict.components[0]).toMatchObject({ component: 'pcie', node: nodeName(0), device: { index: 4 } });
    expect(verdict.components[0]?.text).toContain('PCIe width 4');
  });

  it('memory: a memory clock below the others', () => {
    const verdict = judged(
      draw({
        step: slower(1.1),
        gpu: (metric, node, gpu, atMs) =>
          metric === 'DCGM_FI_DEV_MEM_CLOCK' && node === 1 && gpu === 1 && late(atMs) ? 0.5 : 1,
      }),
      { prediction },
    );
    expect(verdict.components[0]).toMatchObject({ component: 'memory', node: nodeName(1), device: { index: 1 } });
  });

  it('input: the wait for a batch accounts for the longer step', () => {
    const waits = series('training_data_loading_seconds', { job: 'llm' }, (atMs) => (late(atMs) ? 4.1 : 0.05));
    const verdict = judged(draw({ step: slower(1.5), extra: [waits] }));
    expect(componentsOf(verdict)[0]).toBe('input');
    expect(verdict.components[0]?.text).toMatch(/waits 4\.10 s of a 1[12]\.\d\d s step for its batch, 0\.05 s before/);
  });

  it('unknown: nothing that is measured explains it', () => {
    const verdict = judged(draw({ step: slower(1.5) }));
    expect(tiersOf(verdict)).toEqual(['history']);
    expect(componentsOf(verdict)).toEqual(['unknown']);
    expect(kindsOf(verdict)).toEqual(['performance.job.slow', 'performance.component.unknown']);
  });

  it('a clock that fell and cost nothing is no slow job', () => {
    const range = draw({
      gpu: (metric, node, gpu, atMs) =>
        metric === 'DCGM_FI_DEV_SM_CLOCK' && node === 0 && gpu === 0 && late(atMs) ? 0.85 : 1,
    });
    expect(judged(range).kind).toBe('normal');
  });
});

describe('pauses', () => {
  const everyTen = (atMs: number): boolean => Math.floor((atMs - startMs) / minuteMs) % 6 === 5;

  it('of a checkpoint every few minutes are no slowness, whenever one looks', () => {
    // A step in a minute of its own takes ten times as long.
    let last = -1;
    const range = draw({
      step: (atMs) => {
        const minute = Math.floor((atMs - startMs) / minuteMs);
        const saves = everyTen(atMs) && minute !== last;
        if (saves) last = minute;
        return saves ? 55 : healthyStep;
      },
    });
    for (const minute of [25, 29, 30, 31, 36, 40]) {
      const toMs = startMs + minute * minuteMs;
      const until = {
        ...range,
        toMs,
        alertAtMs: toMs,
        series: range.series.map((one) => ({ ...one, points: one.points.filter(([atMs]) => atMs <= toMs) })),
      };
      expect(['normal', 'suppressed']).toContain(judged(until, { prediction }).kind);
    }
  });

  it('that are known excuse what lies in them', () => {
    const range = draw({ step: (atMs) => (atMs >= endMs - 3 * minuteMs ? 5 : 1) * healthyStep });
    expect(judged(range).kind).toBe('slow');
    const phases = [{ kind: 'evaluation' as const, fromMs: endMs - 4 * minuteMs, toMs: null }];
    const verdict = judged(range, { phases });
    expect(verdict.kind).toBe('suppressed');
    expect(verdict.alarms).toEqual([]);
    expect(verdict.summary).toContain('evaluation');
  });

  it('of a checkpoint that takes far longer than the earlier ones are a finding', () => {
    const spans = [5, 12, 19].map((minute) => ({
      kind: 'checkpoint' as const,
      fromMs: startMs + minute * minuteMs,
      toMs: startMs + minute * minuteMs + 40_000,
    }));
    const last = { kind: 'checkpoint' as const, fromMs: startMs + 26 * minuteMs, toMs: startMs + 32 * minuteMs };
    expect(judged(draw(), { phases: spans }).kind).toBe('normal');
    const verdict = judged(draw(), { phases: [...spans, last] });
    expect(verdict.kind).toBe('slow');
    expect(componentsOf(verdict)).toEqual(['checkpoint']);
    expect(verdict.components[0]?.text).toBe('the last checkpoint took 360 s, 3 earlier ones 40 s');
    expect(kindsOf(verdict)).toContain('performance.component.checkpoint');
  });
});

describe('slowness that comes at a period', () => {
  // Every second step takes three times as long.
  const everyOther = (from: number) => {
    const begun = new Set<number>();
    return (atMs: number): number => {
      begun.add(atMs);
      return atMs >= from && begun.size % 2 === 0 ? 3 * healthyStep : healthyStep;
    };
  };

  it('is no checkpoint where it was not there before', () => {
    const verdict = judged(draw({ step: everyOther(onsetMs - 8 * minuteMs) }));
    expect(verdict.kind).toBe('slow');
    expect(verdict.alarms[0]?.text).toMatch(
      /^pauses every \d+ steps that were not there before take \d+ % of the time$/,
    );
    expect(Math.abs((verdict.sinceMs ?? 0) - (onsetMs - 8 * minuteMs))).toBeLessThan(2 * minuteMs);
  });

  it('is what the job does where it always was there', () => {
    expect(judged(draw({ step: everyOther(startMs) })).alarms).toEqual([]);
  });
});

describe('metrics that are not as they should be', () => {
  const relabelled = (range: MetricRange, node: string, labels: Readonly<Record<string, string>>): MetricRange => ({
    ...range,
    series: range.series.map((one) =>
      one.labels['Hostname'] === node ? { ...one, labels: { ...one.labels, ...labels } } : one,
    ),
  });

  it('a label that is no name reaches no text', () => {
    const verdict = judged(relabelled(draw(throttled), nodeName(2), { Hostname: 'n\u001b[31m\n"; reboot #' }));
    expect(verdict.kind).toBe('slow');
    expect(JSON.stringify(verdict)).not.toContain('reboot');
  });

  it('a GPU that two exporters tell of is one GPU', () => {
    const range = draw(throttled);
    const twice = range.series.map((one) => ({ ...one, labels: { ...one.labels, pod: 'other' } }));
    const verdict = judged({ ...range, series: [...range.series, ...twice] });
    expect(kindsOf(verdict).filter((kind) => kind === 'performance.gpu.slower-than-peers')).toHaveLength(1);
    expect(verdict.alarms.find(({ tier }) => tier === 'peers')?.values['likes']).toBe(31);
  });

  it('a busy GPU whose clock reads 0 was not read', () => {
    const verdict = judged(
      draw({ gpu: (metric, node, gpu) => (metric === 'DCGM_FI_DEV_SM_CLOCK' && node + gpu === 0 ? 0 : 1) }),
    );
    expect(kindsOf(verdict)).toEqual(['performance.job.normal']);
    expect(verdict.alarms).toEqual([]);
  });
});

describe('GPUs that are slow together', () => {
  it('have a clock below their own of before', () => {
    const capped = draw({
      step: slower(1.2),
      gpu: (metric, _node, _gpu, atMs) => (metric === 'DCGM_FI_DEV_SM_CLOCK' && late(atMs) ? 0.8 : 1),
    });
    expect(judged(capped).components[0]).toMatchObject({ component: 'compute-clock' });
    expect(judged(capped).components[0]?.text).toMatch(/^all 32 busy GPUs together run slower than before: median 11/);
  });

  it('on one of two nodes name the node', () => {
    const half = draw({
      nodes: 2,
      step: slower(2),
      gpu: (metric, node, _gpu, atMs) => (metric === 'DCGM_FI_DEV_SM_CLOCK' && node === 1 && late(atMs) ? 0.4 : 1),
    });
    expect(judged(half).components[0]).toMatchObject({ component: 'compute-clock', node: nodeName(1) });
  });
});

it('no word of health where steps take clearly longer than predicted, alarm or not', () => {
  // First seen slow: nothing earlier to compare with, and within the doubt of the prediction.
  const range = draw({ step: () => 1.2 * healthyStep });
  const toMs = startMs + 4 * minuteMs;
  const seen = range.series.map((one) => ({ ...one, points: one.points.filter(([atMs]) => atMs <= toMs) }));
  const started = { ...range, toMs, alertAtMs: startMs, series: seen };
  const verdict = judged(started, { prediction });
  expect(verdict.kind).toBe('normal');
  expect(kindsOf(verdict)).not.toContain('performance.job.normal');
});

describe('what is carried from look to look', () => {
  it('remembers the healthy speed beyond the range', () => {
    const before = stepsOf(draw({ seed: 21 })).samples.map((sample) => ({
      ...sample,
      atMs: sample.atMs - 3_600_000,
      iteration: (sample.iteration ?? 0) - 1000,
    }));
    const { state } = observeSteps(emptyHistory, before, policy.history);
    const range = draw({ step: () => 1.3 * healthyStep });
    expect(judged(range).kind).toBe('normal');
    const verdict = judged(range, { history: state });
    expect(verdict.kind).toBe('slow');
    expect(verdict.slowdownRatio).toBeCloseTo(1.3, 1);
  });
});

describe('looked at every quarter of a minute', () => {
  const until = (range: MetricRange, toMs: number): MetricRange => ({
    ...range,
    toMs,
    alertAtMs: toMs,
    series: range.series.map((one) => ({ ...one, points: one.points.filter(([atMs]) => atMs <= toMs) })),
  });
  const firstSlow = (range: MetricRange, wanted: Parameters<typeof inputOf>[1]): number | null => {
    let state = emptyHistory;
    for (let toMs = startMs + 10 * minuteMs; toMs <= endMs; toMs += 15_000) {
      const seen = until(range, toMs);
      state = observeSteps(state, stepsOf(seen).samples, policy.history).state;
      if (judged(seen, { ...wanted, history: state }).kind === 'slow') return toMs;
    }
    return null;
  };

  it('finds the throttled GPU within two and a half minutes of its onset', () => {
    const found = firstSlow(draw(throttled), { prediction, layout: layoutFor(4, 8, 1) });
    expect(found).not.toBeNull();
    expect((found ?? 0) - onsetMs).toBeGreaterThan(0);
    expect((found ?? 0) - onsetMs).toBeLessThanOrEqual(150_000);
  });

  it.each([31, 32, 33, 34])('says nothing of a healthy job (seed %i)', (seed) => {
    expect(firstSlow(draw({ seed, nodes: 2, stepSigma: 0.015 }), { prediction })).toBeNull();
  });
});

describe('a job that does nothing', () => {
  it('has stopped', () => {
    const range = draw();
    const cut = {
      ...range,
      series: range.series.map((one) =>
        one.name.startsWith('training_') ? { ...one, points: one.points.slice(0, 100) } : one,
      ),
    };
    const verdict = judged(cut, { prediction });
    expect(verdict.kind).toBe('stopped');
    expect(kindsOf(verdict)).toEqual(['performance.job.stopped']);
  });

  it('was not measured', () => {
    expect(judged({ ...draw(), series: [] })).toMatchObject({ kind: 'unmeasured', alarms: [], matches: [] });
  });
});

it('judges 1,000 GPUs in a part of a second', () => {
  const range = draw({ nodes: 125, ...throttled });
  const layout = layoutFor(125, 8, 5);
  const spans = [1, 2, 3, 4, 5].map(() => {
    const began = process.cpuUsage();
    expect(judged(range, { prediction, layout }).kind).toBe('slow');
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  });
  // Processor time, which others on the machine do not take; about 70 ms alone on a core of 2023, twice that when shared.
  expect(Math.min(...spans)).toBeLessThan(400);
});

import { describe, expect, it } from 'vitest';
import { changePoint } from '../../../kb/metrics/change-point.ts';
import { metricDetectors } from '../../../kb/metrics/index.ts';
import { outliers } from '../../../kb/metrics/outliers.ts';
import type { MetricMatch, MetricRange, MetricSeries } from '../../../kb/schemas/metric.ts';
import { slowJob, without } from '../reasoning/slow-job.ts';

const job = slowJob();
const healthy = slowJob(null);
const seen = (range: MetricRange): readonly MetricMatch[] =>
  metricDetectors.flatMap((detector) => detector.evaluate(range));
const kindsOf = (range: MetricRange): readonly string[] => [...new Set(seen(range).map(({ kind }) => kind))].toSorted();

describe.each(metricDetectors.map((detector) => [detector.id, detector] as const))(
  'metric detector %s',
  (_id, detector) => {
    it('says nothing about a healthy job, about nothing, and about metrics that are missing', () => {
      expect(detector.evaluate(healthy.range)).toEqual([]);
      expect(detector.evaluate({ ...job.range, series: [] })).toEqual([]);
      expect(detector.evaluate(without(job.range, ...detector.metrics))).toEqual([]);
    });

    it('reports only kinds that it declares', () => {
      const declared = detector.kinds.map(({ id }) => id);
      expect(detector.evaluate(job.range).every(({ kind }) => declared.includes(kind))).toBe(true);
      expect(detector.kinds.every(({ id }) => id.startsWith('metric.'))).toBe(true);
      expect(detector.kinds.every(({ weighs }) => Object.values(weighs).every((weight) => Math.abs(weight) <= 7))).toBe(
        true,
      );
    });

    it('survives labels and values that make no sense', () => {
      const odd: readonly MetricSeries[] = detector.metrics.flatMap((name) => [
        { name, labels: {}, points: [[1, 1]] },
        { name, labels: { Hostname: 'node-01', gpu: 'MIG 1' }, points: job.range.series[0]?.points ?? [] },
        { name, labels: { Hostname: 'node-01', gpu: '1' }, points: [[1, Number.NaN]] },
        { name, labels: { Hostname: 'node-01', gpu: '2' }, points: [] },
      ]);
      expect(() => detector.evaluate({ ...job.range, series: odd })).not.toThrow();
    });
  },
);

describe('a job that one GPU holds up', () => {
  it('shows in step time, power and utilisation of the job and in clock and power of the GPU', () => {
    expect(kindsOf(job.range)).toEqual([
      'metric.gpu.clock.below-siblings',
      'metric.gpu.power.below-siblings',
      'metric.job.power.dropped',
      'metric.job.utilisation.hides-waiting',
      'metric.training.step-time.jumped',
    ]);
  });

  it('names the GPU and no other', () => {
    const placed = seen(job.range).filter(({ node }) => node !== undefined);
    expect(placed.length).toBeGreaterThan(0);
    expect(placed.every(({ node, device }) => node === 'node-03' && device?.index === 5)).toBe(true);
  });

  it('tells when it began, to within two samples', () => {
    const change = seen(job.range).find(({ kind }) => kind === 'metric.training.step-time.jumped');
    expect(Math.abs((change?.atMs ?? 0) - job.changeAtMs)).toBeLessThanOrEqual(2 * job.range.stepMs);
    expect(change?.values?.['ratio']).toBeCloseTo(12.4 / 4.1, 1);
  });

  it('falls back to tokens where step time is not reported', () => {
    const tokens: MetricSeries = {
      name: 'training_tokens_per_second',
      labels: { job: 'llm-70b' },
      points: (job.range.series[0]?.points ?? []).map(([at, seconds]) => [at, 4_000_000 / seconds] as const),
    };
    expect(kindsOf({ ...job.range, series: [...job.range.series, tokens] })).not.toContain(
      'metric.training.tokens.dropped',
    );
    const bare = without(job.range, 'training_step_seconds');
    expect(kindsOf({ ...bare, series: [...bare.series, tokens] })).toContain('metric.training.tokens.dropped');
  });

  it('does not take an idle GPU for a slow one', () => {
    const idle = job.range.series.map((series) =>
      series.name === 'DCGM_FI_DEV_GPU_UTIL' && series.labels['Hostname'] === 'node-03' && series.labels['gpu'] === '5'
        ? { ...series, points: series.points.map(([at]) => [at, 0] as const) }
        : series,
    );
    expect(kindsOf({ ...job.range, series: idle })).not.toContain('metric.gpu.clock.below-siblings');
  });
});

describe('other signs in metrics', () => {
  const gauge = (name: string, gpu: number, value: (at: number) => number): MetricSeries => ({
    name,
    labels: { Hostname: 'node-02', gpu: String(gpu) },
    points: (healthy.range.series[0]?.points ?? []).map(([at]) => [at, value(at)] as const),
  });

  it('an Xid that appears in the window is reported with its meaning, an old one as history', () => {
    const fresh = gauge('DCGM_FI_DEV_XID_ERRORS', 1, (at) => (at > job.changeAtMs ? 79 : 0));
    const old = gauge('DCGM_FI_DEV_XID_ERRORS', 2, () => 31);
    expect(seen({ ...healthy.range, series: [fresh, old] })).toMatchObject([
      { kind: 'metric.gpu.xid.off-bus', node: 'node-02', device: { index: 1 }, values: { xid: 79 } },
      { kind: 'metric.gpu.xid.standing', node: 'node-02', device: { index: 2 }, values: { xid: 31 } },
    ]);
  });

  it('an Xid whose code is a label of its own series is new where that series begins', () => {
    const zero = gauge('DCGM_FI_DEV_XID_ERRORS', 1, () => 0);
    const series = [
      { ...zero, points: zero.points.slice(0, 60) },
      {
        ...zero,
        labels: { ...zero.labels, err_code: '94' },
        points: zero.points.slice(60).map(([at]) => [at, 94] as const),
      },
    ];
    expect(seen({ ...healthy.range, series })).toMatchObject([
      { kind: 'metric.gpu.xid.memory', node: 'node-02', device: { index: 1 }, values: { xid: 94 } },
    ]);
  });

  const power = gauge('DCGM_FI_DEV_POWER_USAGE', 1, (at) => 300 + (at % 7));
  const away = (at: number): boolean => at > job.changeAtMs && at < job.changeAtMs + 90_000;
  const without90s = (series: MetricSeries): MetricSeries => ({
    ...series,
    points: series.points.filter(([at]) => !away(at)),
  });
  const fromThen = (series: MetricSeries): MetricSeries => ({
    ...series,
    points: series.points.filter(([at]) => at > job.changeAtMs + 90_000),
  });
  const becomes = gauge('DCGM_FI_DEV_XID_ERRORS', 1, (at) => (at > job.changeAtMs ? 79 : 0));
  const all = gauge('DCGM_FI_DEV_XID_ERRORS', 1, () => 79);
  const steps = healthy.range.series.filter(({ name }) => name === 'training_step_seconds');
  it.each([
    ['the exporter of the node was away', [without90s(becomes), without90s(power)], true],
    ['the gauge begins with its exporter', [fromThen(all), fromThen(power)], true],
    [
      'the exporter begins anew under other labels',
      [
        becomes,
        { ...power, points: power.points.filter(([at]) => at <= job.changeAtMs) },
        { ...power, labels: { ...power.labels, pod: 'b' }, points: power.points.filter(([at]) => at > job.changeAtMs) },
      ],
      true,
    ],
    ['the gauge alone was not written, and the exporter was read', [without90s(becomes), power], false],
    ['the gauge begins where the exporter was read before', [fromThen(all), power], false],
  ])('a code that comes after a hole in the collection carries it: %s', (_name, series, holed) => {
    const found = seen({ ...healthy.range, series: [...steps, ...series] }).filter(({ kind }) =>
      kind.includes('.xid.'),
    );
    expect(found).toMatchObject([{ kind: 'metric.gpu.xid.off-bus', node: 'node-02', values: { xid: 79 } }]);
    expect(found[0]?.values?.['afterGapMs'] !== undefined).toBe(holed);
  });

  it('an Xid that is new after one that came with its exporter is reported as well', () => {
    const later = gauge('DCGM_FI_DEV_XID_ERRORS', 1, (at) =>
      at <= job.changeAtMs ? 0 : at < job.changeAtMs + 300_000 ? 79 : 94,
    );
    const found = seen({ ...healthy.range, series: [...steps, without90s(later), without90s(power)] });
    expect(found.map(({ kind, values }) => [kind, values?.['afterGapMs'] !== undefined])).toEqual([
      ['metric.gpu.xid.off-bus', true],
      ['metric.gpu.xid.memory', false],
    ]);
  });

  const host = (name: string, labels: MetricSeries['labels'], value: (at: number) => number): MetricSeries => ({
    name,
    labels: { instance: 'node-03:9100', ...labels },
    points: (healthy.range.series[0]?.points ?? []).map(([at]) => [at, value(at)] as const),
  });
  const late = (at: number): boolean => at > job.changeAtMs;
  const port = { device: 'mlx5_5', port: '1' };

  it.each([
    ['metric.gpu.memory.uncorrectable-rose', [gauge('DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', 4, (at) => (late(at) ? 2 : 0))]],
    ['metric.gpu.memory.row-remap-failed', [gauge('DCGM_FI_DEV_ROW_REMAP_FAILURE', 4, (at) => (late(at) ? 1 : 0))]],
    ['metric.ib.link-downed.rose', [host('node_infiniband_link_downed_total', port, (at) => (late(at) ? 9 : 7))]],
    ['metric.ib.errors.rose', [host('node_infiniband_symbol_error_total', port, (at) => (late(at) ? 900 : 7))]],
    ['metric.host.oom-kill.rose', [host('node_vmstat_oom_kill', {}, (at) => (late(at) ? 4 : 3))]],
    [
      'metric.host.memory.exhausted',
      [
        host('node_memory_MemTotal_bytes', {}, () => 2e12),
        host('node_memory_MemAvailable_bytes', {}, (at) => (late(at) ? 1e9 : 1e12)),
      ],
    ],
    [
      'metric.disk.full',
      [
        host('node_filesystem_size_bytes', { device: '/dev/nvme1n1p1', mountpoint: '/local' }, () => 4e12),
        host('node_filesystem_avail_bytes', { device: '/dev/nvme1n1p1', mountpoint: '/local' }, (at) =>
          late(at) ? 0 : 1e11,
        ),
      ],
    ],
  ])('%s is reported where it changes inside the window, and not where it stood there all along', (kind, series) => {
    expect(seen({ ...healthy.range, series }).map((match) => match.kind)).toEqual([kind]);
    const standing = series.map((one) => ({
      ...one,
      points: one.points.map(([at]) => [at, one.points[0]?.[1] ?? 0] as const),
    }));
    expect(seen({ ...healthy.range, series: standing })).toEqual([]);
  });

  it('a switch that restarts is not the fault of every port', () => {
    const series = Array.from({ length: 8 }, (_, at) =>
      host('node_infiniband_link_downed_total', { device: `mlx5_${at}`, port: '1' }, (ms) => (late(ms) ? 9 : 7)),
    );
    expect(seen({ ...healthy.range, series })).toEqual([]);
  });

  it('an image is full by nature', () => {
    const image = { device: '/dev/loop3', mountpoint: '/snap/core', fstype: 'squashfs' };
    const series = [
      host('node_filesystem_size_bytes', image, () => 1e8),
      host('node_filesystem_avail_bytes', image, () => 0),
    ];
    expect(seen({ ...healthy.range, series })).toEqual([]);
  });

  it('a GPU at its highest operating temperature is reported, also without siblings', () => {
    expect(kindsOf({ ...healthy.range, series: [gauge('DCGM_FI_DEV_GPU_TEMP', 1, () => 88)] })).toEqual([
      'metric.gpu.temperature.above-operating',
    ]);
  });

  it('a GPU that is hotter than its siblings is reported', () => {
    const series = Array.from({ length: 8 }, (_, gpu) =>
      gauge('DCGM_FI_DEV_GPU_TEMP', gpu, () => (gpu === 4 ? 79 : 60 + gpu / 4)),
    );
    expect(seen({ ...healthy.range, series })).toMatchObject([
      { kind: 'metric.gpu.temperature.above-siblings', device: { index: 4 } },
    ]);
  });

  it('a GPU that has had more work since a moment, at the clock of the others, is told from a slow one', () => {
    const work = (since: (at: number) => boolean, mhz = 1410) => [
      ...Array.from({ length: 8 }, (_, gpu) =>
        gauge('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', gpu, (at) => (gpu === 6 && since(at) ? 0.64 : 0.24 + gpu / 1000)),
      ),
      ...Array.from({ length: 8 }, (_, gpu) => gauge('DCGM_FI_DEV_SM_CLOCK', gpu, () => (gpu === 6 ? mhz : 1410))),
    ];
    const kinds = (series: readonly MetricSeries[]) => kindsOf({ ...healthy.range, series });
    const begun = work(() => true).map((one) => ({
      ...one,
      points: one.points.map(([at, value], n) => [at, n < one.points.length / 2 ? 0 : value] as const),
    }));
    expect(kinds(begun)).not.toContain('metric.gpu.work.above-siblings');
    expect(kinds(work((at) => at > job.changeAtMs))).toContain('metric.gpu.work.above-siblings');
    expect(kinds(work(() => true))).not.toContain('metric.gpu.work.above-siblings');
    expect(kinds(work((at) => at > job.changeAtMs, 900))).not.toContain('metric.gpu.work.above-siblings');
  });

  it('a GPU that computes while the others wait is reported', () => {
    const series = Array.from({ length: 8 }, (_, gpu) =>
      gauge('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', gpu, () => (gpu === 6 ? 0.41 : 0.12 + gpu / 1000)),
    );
    expect(seen({ ...healthy.range, series })).toMatchObject([
      { kind: 'metric.gpu.tensor.above-siblings', device: { index: 6 } },
    ]);
  });
});

describe('a change point', () => {
  const points = (values: readonly number[]) => values.map((value, index) => [index * 1000, value] as const);

  it('is not made by single slow steps such as checkpoints', () => {
    expect(
      changePoint(points(Array.from({ length: 60 }, (_, i) => (i % 20 === 19 ? 30 : 4 + (i % 3) / 100))), 0.15),
    ).toBeNull();
  });

  it('is not made by a slow drift smaller than the threshold', () => {
    expect(changePoint(points(Array.from({ length: 60 }, (_, i) => 4 + i / 1000)), 0.15)).toBeNull();
  });

  it('is found in a long series at nearly the same place', () => {
    const change = changePoint(
      points(Array.from({ length: 5000 }, (_, i) => (i < 3000 ? 4 : 8) + (i % 7) / 100)),
      0.15,
    );
    expect(change?.ratio).toBeCloseTo(2, 1);
    expect(Math.abs((change?.atMs ?? 0) / 1000 - 3000)).toBeLessThan(40);
  });
});

describe('outliers among siblings', () => {
  const gpu = (index: number, value: number) => ({ node: 'node-01', device: { kind: 'gpu' as const, index }, value });

  it('need enough siblings to stand out from', () => {
    expect(outliers([gpu(0, 210), gpu(1, 1400), gpu(2, 1400)], 'below')).toEqual([]);
  });

  it('are not found in the spread of healthy GPUs', () => {
    expect(
      outliers(
        Array.from({ length: 80 }, (_, i) => gpu(i, 1350 + 60 * Math.sin(i))),
        'below',
      ),
    ).toEqual([]);
  });

  it('are found even where a third of the siblings is faulty', () => {
    const found = outliers(
      Array.from({ length: 12 }, (_, i) => gpu(i, i < 4 ? 300 + i : 1400 + i)),
      'below',
    );
    expect(found.map(({ device }) => device.index)).toEqual([0, 1, 2, 3]);
  });
});

import { median } from 'simple-statistics';
import type { Device } from '../../workflows/domain/finding.ts';
import type { MetricRange, MetricSeries } from '../schemas/metric.ts';
import { normalBusId } from '../reasoning/devices.ts';

/** One GPU's value at the moment of the alert. */
export interface GpuValue {
  readonly node: string;
  readonly device: Device;
  readonly value: number;
}

// Three scrapes of Prometheus' usual 15 to 30 s: the least that a median can stand on.
const recentPointsMin = 3;
// Alert rules wait for some minutes before they fire, so the last minute before the alert is inside the trouble.
const beforeAlertMs = 60_000;
// DCGM's utilisation of a GPU without work is 0; a few per cent are monitoring itself.
const idlePercent = 10;

/** The values around the alert: from a minute before it to the end of the range, or the last few there are. */
export function recentValues(series: MetricSeries, range: MetricRange): readonly number[] {
  const recent = series.points.filter(([atMs]) => atMs >= range.alertAtMs - beforeAlertMs);
  const points = recent.length >= recentPointsMin ? recent : series.points.slice(-recentPointsMin);
  return points.map(([, value]) => value).filter(Number.isFinite);
}

export function seriesOf(range: MetricRange, name: string): readonly MetricSeries[] {
  const known = seriesByName.get(range.series);
  if (known !== undefined) return known.get(name) ?? [];
  const byName = Map.groupBy(
    range.series.filter(({ points }) => points.length > 0),
    (series) => series.name,
  );
  seriesByName.set(range.series, byName);
  return byName.get(name) ?? [];
}

// A thousand GPUs are fifteen thousand series and every rule asks for some by name: they are sorted once a range.
const seriesByName = new WeakMap<MetricRange['series'], ReadonlyMap<string, readonly MetricSeries[]>>();

/** The recent median of one DCGM metric for every GPU that has a node and an index. */
export function gpuValues(range: MetricRange, name: string): readonly GpuValue[] {
  return seriesOf(range, name).flatMap((series) => {
    const place = gpuPlace(series.labels);
    const values = recentValues(series, range);
    return place === null || values.length === 0 ? [] : [{ ...place, value: median([...values]) }];
  });
}

/** GPUs that do nothing: low clocks and low power are right for them. Empty where utilisation is not collected. */
export function idleGpus(range: MetricRange): ReadonlySet<string> {
  return new Set(
    gpuValues(range, 'DCGM_FI_DEV_GPU_UTIL')
      .filter(({ value }) => value < idlePercent)
      .map(gpuKey),
  );
}

export function gpuKey(gpu: { readonly node: string; readonly device: Device }): string {
  return `${gpu.node}|${gpu.device.index ?? ''}`;
}

export function gpuPlace(labels: MetricSeries['labels']): { readonly node: string; readonly device: Device } | null {
  const node = nodeOf(labels);
  const index = Number.parseInt(labels['gpu'] ?? '', 10);
  if (node === undefined || !Number.isInteger(index)) return null;
  const busId = labels['pci_bus_id'];
  return { node, device: { kind: 'gpu', index, ...(busId === undefined ? {} : { name: normalBusId(busId) }) } };
}

/** dcgm-exporter writes `Hostname`; scrape configurations add `node` or `instance`. */
export function nodeOf(labels: MetricSeries['labels']): string | undefined {
  const name = labels['Hostname'] ?? labels['node'] ?? labels['instance'];
  return name === undefined || name === '' ? undefined : name.replace(/:\d+$/, '');
}

/** Many series to one: at each sampled moment, `combine` of the values there. */
export function combined(
  series: readonly MetricSeries[],
  combine: (values: number[]) => number,
): readonly (readonly [atMs: number, value: number])[] {
  const byMoment = Map.groupBy(
    series.flatMap(({ points }) => points).filter(([, value]) => Number.isFinite(value)),
    ([atMs]) => atMs,
  );
  return [...byMoment]
    .map(([atMs, points]): readonly [number, number] => [atMs, combine(points.map(([, value]) => value))])
    .toSorted(([a], [b]) => a - b);
}

/** The same for every reading of one series, in whatever order its labels come. */
export function seriesKey({ name, labels }: MetricSeries): string {
  return `${name}${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}

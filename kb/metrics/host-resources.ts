import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector, MetricMatch, MetricRange, MetricSeries } from '../schemas/metric.ts';
import { rising } from './rising.ts';
import { nodeOf, seriesOf } from './series.ts';

const exporter = 'https://github.com/prometheus/node_exporter';

const killed: FindingKind = {
  id: 'metric.host.oom-kill.rose',
  summary: "The kernel's count of processes killed for want of memory rose",
  role: 'cause',
  weighs: { 'host-oom': 4.5 },
  source: `${exporter}/blob/master/collector/vmstat_linux.go`,
};
const exhausted: FindingKind = {
  id: 'metric.host.memory.exhausted',
  summary: 'The available memory of a host fell to nearly nothing',
  role: 'cause',
  weighs: { 'host-oom': 3 },
  source: `${exporter}/blob/master/collector/meminfo_linux.go`,
};
const full: FindingKind = {
  id: 'metric.disk.full',
  summary: 'A file system has no space left',
  role: 'cause',
  weighs: { 'disk-full': 4 },
  source: `${exporter}/blob/master/collector/filesystem_common.go`,
};

const sharedFull: FindingKind = {
  id: 'metric.shm.full',
  summary: 'The shared memory of a host has no space left',
  role: 'cause',
  weighs: { 'shm-too-small': 3 },
  source: `${exporter}/blob/master/collector/filesystem_common.go`,
};

// As in the probe of the same quantity: earlyoom begins at 10 %, a terabyte host at 3 % has a rank's buffers left.
const memoryShareMin = 0.03;
// Half a per cent of a node's file system is less than one rank's part of a checkpoint.
const spaceShareMin = 0.005;

/** Memory and space of the hosts, as node_exporter reports them. */
export const hostResources: MetricDetector = {
  id: 'metric.host',
  kinds: [killed, exhausted, full, sharedFull],
  metrics: [
    'node_vmstat_oom_kill',
    'node_memory_MemAvailable_bytes',
    'node_memory_MemTotal_bytes',
    'node_filesystem_avail_bytes',
    'node_filesystem_size_bytes',
  ],
  evaluate: (range) => [
    ...kills(range),
    ...shortages(range, () => exhausted, memory),
    ...shortages(range, (mount) => (mount === '/dev/shm' ? sharedFull : full), space),
  ],
};

function kills(range: MetricRange): readonly MetricMatch[] {
  return rising(range, 'node_vmstat_oom_kill').flatMap(({ labels, atMs, lastMs, by }) => {
    const node = nodeOf(labels);
    if (node === undefined) return [];
    return [{ kind: killed.id, node, atMs, lastMs, text: `${by} processes killed for want of memory`, values: { by } }];
  });
}

interface Quantity {
  readonly left: string;
  readonly of: string;
  readonly shareMin: number;
  readonly what: string;
}
const memory: Quantity = {
  left: 'node_memory_MemAvailable_bytes',
  of: 'node_memory_MemTotal_bytes',
  shareMin: memoryShareMin,
  what: 'host memory',
};
const space: Quantity = {
  left: 'node_filesystem_avail_bytes',
  of: 'node_filesystem_size_bytes',
  shareMin: spaceShareMin,
  what: 'space',
};

function shortages(
  range: MetricRange,
  kindOf: (mount: string | undefined) => FindingKind,
  { left, of, shareMin, what }: Quantity,
): readonly MetricMatch[] {
  const totals = new Map(seriesOf(range, of).map((series) => [partKey(series), series.points.at(-1)?.[1] ?? 0]));
  return seriesOf(range, left).flatMap((series) => {
    const node = nodeOf(series.labels);
    const total = totals.get(partKey(series)) ?? 0;
    const low = series.points.find(([, value]) => total > 0 && value / total < shareMin);
    if (node === undefined || low === undefined || isImage(series)) return [];
    const mount = series.labels['mountpoint'];
    return [
      {
        kind: kindOf(mount).id,
        node,
        atMs: low[0],
        text: `${((100 * low[1]) / total).toFixed(1)} % of ${what} left${mount === undefined ? '' : ` on ${mount}`}`,
        values: { availableBytes: low[1], totalBytes: total, ...(mount === undefined ? {} : { mount }) },
      },
    ];
  });
}

function partKey({ labels }: MetricSeries): string {
  return `${nodeOf(labels) ?? ''}|${labels['device'] ?? ''}|${labels['mountpoint'] ?? ''}`;
}

/** Read-only images are full by nature. */
function isImage({ labels }: MetricSeries): boolean {
  return /^(?:squashfs|overlay|iso9660|devtmpfs|erofs|ramfs)$/.test(labels['fstype'] ?? '');
}

import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector, MetricMatch, MetricSeries } from '../schemas/metric.ts';
import { standingXidId } from '../reasoning/health.ts';
import { collectionOf, type Collection } from './collection.ts';
import { gpuKey, gpuPlace, seriesOf } from './series.ts';

const gauge = 'DCGM_FI_DEV_XID_ERRORS';
const exporterPrefix = 'DCGM_';

const source = 'https://docs.nvidia.com/deploy/xid-errors/index.html';

function xidKind(name: string, summary: string, role: FindingKind['role'], weighs: FindingKind['weighs']): FindingKind {
  return { id: `metric.gpu.xid.${name}`, summary, role, weighs, source };
}

const offBus = xidKind('off-bus', 'The driver reported that a GPU no longer answers on PCIe (Xid 79)', 'cause', {
  'gpu-fell-off-bus': 5,
});
const memory = xidKind(
  'memory',
  'The driver reported uncorrectable GPU memory errors (Xid 48, 63, 64, 94, 95)',
  'cause',
  {
    'gpu-ecc-uncorrectable': 4,
  },
);
const nvlink = xidKind('nvlink', 'The driver reported NVLink errors (Xid 74, 144 to 150)', 'cause', {
  'nvlink-fabric-error': 4,
});
const firmware = xidKind('firmware', "The GPU's firmware stopped answering (Xid 119, 120)", 'cause', {
  'gpu-driver-bug': 3.5,
});
const application = xidKind(
  'application',
  'The driver reported a fault that most often comes from the program itself (Xid 13, 31, 43, 45)',
  'symptom',
  { 'user-code-error': 1, 'framework-bug': 0.7, 'gpu-ecc-uncorrectable': 0.3 },
);
const other = xidKind('other', 'The driver reported an Xid without a settled meaning', 'symptom', {
  'gpu-driver-bug': 0.5,
  'host-hardware-fault': 0.3,
});

const standing: FindingKind = {
  id: standingXidId,
  summary: 'The exporter still shows an Xid from before the window: the gauge keeps the last one',
  role: 'context',
  weighs: {},
  source: 'https://github.com/NVIDIA/dcgm-exporter/issues/500',
};

const byCode: readonly (readonly [codes: readonly number[], kind: FindingKind])[] = [
  [[79], offBus],
  [[48, 63, 64, 94, 95], memory],
  [[74, 144, 145, 146, 147, 148, 149, 150], nvlink],
  [[119, 120], firmware],
  [[13, 31, 43, 45], application],
];

/**
 * The exporter's gauge holds the last Xid until it is restarted; 0 is none. A value that stood there all along is history,
 * not news. Newer exporters put the code into a label as well, so one GPU's gauge is spread over several series.
 * https://github.com/NVIDIA/dcgm-exporter/pull/309
 *
 * Collected anew, the gauge may show an Xid of long ago: a change after a hole in the collection carries `afterGapMs`,
 * and reasoning asks the kernel log whether it is new.
 */
export const xidReported: MetricDetector = {
  id: 'metric.gpu.xid',
  kinds: [offBus, memory, nvlink, firmware, application, other, standing],
  metrics: [gauge],
  evaluate(range) {
    const placed = seriesOf(range, gauge).flatMap((series) => {
      const place = gpuPlace(series.labels);
      return place === null ? [] : [{ place, series }];
    });
    const nodes = [...new Set(placed.map(({ place }) => place.node))];
    const collections = new Map(nodes.map((node) => [node, collectionOf(range, node, gauge, exporterPrefix)]));
    return [...Map.groupBy(placed, ({ place }) => gpuKey(place)).values()].flatMap((ofGpu) => {
      const place = ofGpu[0]?.place;
      const collection = place === undefined ? undefined : collections.get(place.node);
      if (place === undefined || collection === undefined) return [];
      const points = ofGpu.flatMap(({ series }) => series.points).toSorted(([a], [b]) => a - b);
      return lastXids(place, points, collection);
    });
  },
};

interface Change {
  readonly kind: FindingKind;
  readonly atMs: number;
  readonly xid: number;
  /** Milliseconds without collection before it; `null` where the exporter was read all along. */
  readonly afterGapMs: number | null;
}

/** The first change that is certainly new and the first that may not be; without any, what stood there all along. */
function lastXids(
  place: NonNullable<ReturnType<typeof gpuPlace>>,
  points: MetricSeries['points'],
  collection: Collection,
): readonly MetricMatch[] {
  const changes = points.flatMap(([atMs, xid], index): readonly Change[] => {
    const changed = index === 0 ? !collection.beginsRange(atMs) : points[index - 1]?.[1] !== xid;
    if (!changed || !(xid > 0)) return [];
    const kind = byCode.find(([codes]) => codes.includes(xid))?.[1] ?? other;
    return [{ kind, atMs, xid, afterGapMs: collection.interruptedBefore(atMs) }];
  });
  const fresh = changes.find(({ afterGapMs }) => afterGapMs === null);
  const uncertain = changes.find(({ afterGapMs, kind }) => afterGapMs !== null && kind !== fresh?.kind);
  const told = [uncertain, fresh].filter((change) => change !== undefined);
  if (told.length > 0) return told.map((change) => ({ ...place, ...described(change) }));
  const xid = points[0]?.[1] ?? 0;
  if (!(xid > 0)) return [];
  return [{ kind: standing.id, ...place, text: `last Xid was ${xid} already before the window`, values: { xid } }];
}

function described({ kind, atMs, xid, afterGapMs }: Change): Omit<MetricMatch, 'node' | 'device'> {
  if (afterGapMs === null) return { kind: kind.id, atMs, text: `last Xid became ${xid}`, values: { xid } };
  const text = `last Xid is ${xid} since the exporter was collected anew, after ${Math.round(afterGapMs / 1000)} s without a sample`;
  return { kind: kind.id, atMs, text, values: { xid, afterGapMs } };
}

import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { gpuPlace, seriesOf } from './series.ts';

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

const byCode: readonly (readonly [codes: readonly number[], kind: FindingKind])[] = [
  [[79], offBus],
  [[48, 63, 64, 94, 95], memory],
  [[74, 144, 145, 146, 147, 148, 149, 150], nvlink],
  [[119, 120], firmware],
  [[13, 31, 43, 45], application],
];

/** The exporter's gauge holds the last Xid; 0 is none. A value that stood there all along is history, not news. */
export const xidReported: MetricDetector = {
  id: 'metric.gpu.xid',
  kinds: [offBus, memory, nvlink, firmware, application, other],
  metrics: ['DCGM_FI_DEV_XID_ERRORS'],
  evaluate(range) {
    return seriesOf(range, 'DCGM_FI_DEV_XID_ERRORS').flatMap((series) => {
      const changed = series.points.find(([, value], index) => {
        const previous = series.points[index - 1];
        return value > 0 && previous !== undefined && previous[1] !== value;
      });
      const place = gpuPlace(series.labels);
      if (changed === undefined || place === null) return [];
      const [atMs, xid] = changed;
      const kind = byCode.find(([codes]) => codes.includes(xid))?.[1] ?? other;
      return [{ kind: kind.id, ...place, atMs, text: `last Xid became ${xid}`, values: { xid } }];
    });
  },
};

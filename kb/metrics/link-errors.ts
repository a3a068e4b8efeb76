import type { FindingKind } from '../schemas/finding-kind.ts';
import type { MetricDetector } from '../schemas/metric.ts';
import { soundErrorsPerHourMax } from '../probes/ib-error-rates.ts';
import { rising } from './rising.ts';
import { nodeOf } from './series.ts';

// node_exporter's InfiniBand collector, which reads what the kernel has under /sys/class/infiniband.
const source = 'https://github.com/prometheus/node_exporter/blob/master/collector/infiniband_linux.go';

const downed: FindingKind = {
  id: 'metric.ib.link-downed.rose',
  summary: 'An InfiniBand port lost its link: its LinkDownedCounter rose',
  role: 'cause',
  weighs: { 'rdma-link-fault': 4, 'facility-fault': 0.3, 'host-hardware-fault': 0.3 },
  source,
};
const errors: FindingKind = {
  id: 'metric.ib.errors.rose',
  summary: 'Error counters of an InfiniBand port rose far',
  role: 'cause',
  weighs: { 'rdma-link-fault': 2.5 },
  source,
};

// ibcheckerrs of infiniband-diags calls 10 symbol or receive errors an error; a sound link may show more in a long window.
const counters: readonly (readonly [metric: string, kind: FindingKind, riseMin: number])[] = [
  ['node_infiniband_link_downed_total', downed, 1],
  ['node_infiniband_link_error_recovery_total', errors, 10],
  ['node_infiniband_symbol_error_total', errors, 10],
  ['node_infiniband_port_receive_errors_total', errors, 10],
];

const soundToo = ['node_infiniband_symbol_error_total', 'node_infiniband_port_receive_errors_total'];
const hourMs = 3_600_000;

/** More than what the specification allows a sound link in that time. */
export function isSick(metric: string, by: number, overMs: number): boolean {
  return !soundToo.includes(metric) || by > (soundErrorsPerHourMax * overMs) / hourMs;
}

// A switch that restarts takes the links of all its nodes; a port at fault stands out.
const portsMax = 4;

/** Which port's link went down or counts errors while its siblings do not. */
export const linkErrors: MetricDetector = {
  id: 'metric.ib',
  kinds: [downed, errors],
  metrics: counters.map(([metric]) => metric),
  evaluate: (range) =>
    counters.flatMap(([metric, kind, riseMin]) => {
      const rises = rising(range, metric).filter(({ by, overMs }) => by >= riseMin && isSick(metric, by, overMs));
      if (rises.length > portsMax) return [];
      return rises.flatMap(({ labels, atMs, lastMs, by }) => {
        const node = nodeOf(labels);
        const name = labels['device'];
        if (node === undefined || name === undefined) return [];
        const device = { kind: 'hca' as const, name };
        const values = { by, port: labels['port'] ?? '1' };
        return [{ kind: kind.id, node, device, atMs, lastMs, text: `${metric} rose by ${by}`, values }];
      });
    }),
};

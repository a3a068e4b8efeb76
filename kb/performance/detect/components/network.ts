import { median } from 'simple-statistics';
import { isSick } from '../../../metrics/link-errors.ts';
import { rising } from '../../../metrics/rising.ts';
import { nodeOf, recentValues, seriesOf } from '../../../metrics/series.ts';
import type { MetricSeries } from '../../../schemas/metric.ts';
import { isPlaceName } from '../place-names.ts';
import { evidenceMax, type Scene, type Weighed } from '../scene.ts';
import { explainedShare, slowdownOfBandwidth } from '../slowdown.ts';

// ibcheckerrs of infiniband-diags calls 10 symbol or receive errors an error; a link that goes down once is one.
const errorCounters: readonly (readonly [metric: string, riseMin: number])[] = [
  ['node_infiniband_link_downed_total', 1],
  ['node_infiniband_link_error_recovery_total', 10],
  ['node_infiniband_symbol_error_total', 10],
  ['node_infiniband_port_receive_errors_total', 10],
  ['node_infiniband_port_discards_transmitted_total', 10],
];
const rateMetrics = ['node_infiniband_rate_bytes_per_second', 'node_infiniband_rate_bytes'];
const waitMetric = 'node_infiniband_port_transmit_wait_total';
// Congestion touches all ports of a fabric; one that waits ten times as long as the median port stands out.
const waitFactorMin = 10;
const portsMin = 4;
// Rates of InfiniBand are steps of two (HDR, EDR) or of four lanes: a tenth is no rounding.
const rateApartMin = 0.1;

/** Ports with a lower rate than the others, with errors that rise, or that wait to send. */
export function network(scene: Scene): readonly Weighed[] {
  return [...slowPorts(scene), ...errors(scene), ...waits(scene)].slice(0, evidenceMax);
}

interface Port {
  readonly node: string;
  readonly device: { readonly kind: 'hca'; readonly name: string };
  readonly port: string;
}

function portOf(labels: MetricSeries['labels']): Port | null {
  const node = nodeOf(labels);
  const name = labels['device'];
  const port = labels['port'] ?? '1';
  return node === undefined || name === undefined || ![node, name, port].every(isPlaceName)
    ? null
    : { node, device: { kind: 'hca', name }, port };
}

function slowPorts({ range, shares, slowdown }: Scene): readonly Weighed[] {
  const rates = rateMetrics
    .flatMap((metric) => seriesOf(range, metric))
    .flatMap((series) => {
      const port = portOf(series.labels);
      const values = recentValues(series, range);
      return port === null || values.length === 0 ? [] : [{ ...port, rate: median([...values]) }];
    });
  if (rates.length < portsMin) return [];
  const usual = median(rates.map(({ rate }) => rate));
  return rates
    .filter(({ rate }) => rate > 0 && rate < (1 - rateApartMin) * usual)
    .toSorted((a, b) => a.rate - b.rate)
    .map(({ node, device, port, rate }) => {
      const predictedSlowdown = slowdownOfBandwidth(usual / rate, 'network', shares);
      return {
        component: 'network',
        node,
        device,
        explains: explainedShare(predictedSlowdown, slowdown),
        strength: 2,
        text: `${node} ${device.name} port ${port} runs at ${gigabits(rate)} Gb/s, the other ${rates.length - 1} ports at ${gigabits(usual)} Gb/s`,
        values: { bytesPerSecond: rate, expectedBytesPerSecond: usual, predictedSlowdown },
      };
    });
}

function errors({ range }: Scene): readonly Weighed[] {
  return errorCounters.flatMap(([metric, riseMin]) =>
    rising(range, metric)
      .filter(({ by, overMs }) => by >= riseMin && isSick(metric, by, overMs))
      .toSorted((a, b) => b.by - a.by)
      .flatMap(({ labels, by, atMs }): readonly Weighed[] => {
        const port = portOf(labels);
        if (port === null) return [];
        return [
          {
            component: 'network',
            node: port.node,
            device: port.device,
            explains: null,
            strength: 2,
            text: `${port.node} ${port.device.name} port ${port.port}: ${metric} rose by ${by}`,
            values: { by, metric, firstMs: atMs },
          },
        ];
      }),
  );
}

function waits({ range }: Scene): readonly Weighed[] {
  const rises = rising(range, waitMetric);
  const ports = seriesOf(range, waitMetric).length;
  if (ports < portsMin) return [];
  // Ports that never waited have no rise.
  const usual = median([...rises.map(({ by }) => by), ...Array<number>(Math.max(0, ports - rises.length)).fill(0)]);
  return rises
    .filter(({ by }) => by > waitFactorMin * Math.max(usual, waitTicksMin))
    .toSorted((a, b) => b.by - a.by)
    .flatMap(({ labels, by }): readonly Weighed[] => {
      const port = portOf(labels);
      if (port === null) return [];
      return [
        {
          component: 'network',
          node: port.node,
          device: port.device,
          explains: null,
          strength: 1,
          text: `${port.node} ${port.device.name} port ${port.port} waited ${by.toExponential(1)} ticks to send, the median port ${usual.toExponential(1)}`,
          values: { waitTicks: by, usualTicks: usual },
        },
      ];
    });
}

// A tick is some nanoseconds (a port's own clock): fewer than this in minutes is nothing.
const waitTicksMin = 1e6;

function gigabits(bytesPerSecond: number): string {
  return ((8 * bytesPerSecond) / 1e9).toFixed(0);
}

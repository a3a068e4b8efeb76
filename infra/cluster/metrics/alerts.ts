import type { Alert } from '../alerts/state.ts';
import type { Labels, Metric, Series } from './metric.ts';

/** `ALERTS`, the series that Prometheus itself keeps of its rules: 1 while an alert is pending, and while it is firing. */
export function alertsMetric(alerts: () => readonly Alert[]): Metric {
  return {
    name: 'ALERTS',
    help: 'Alerts that are pending or firing',
    type: 'gauge',
    series: () =>
      alerts().flatMap(({ alertname, labels, activeAtMs, firedAtMs, resolvedAtMs }) => [
        ...(firedAtMs === activeAtMs ? [] : [during({ ...labels, alertname }, 'pending', activeAtMs, firedAtMs)]),
        ...(firedAtMs === null ? [] : [during({ ...labels, alertname }, 'firing', firedAtMs, resolvedAtMs)]),
      ]),
  };
}

function during(labels: Labels, alertstate: string, fromMs: number, toMs: number | null): Series {
  return {
    labels: { ...labels, alertstate },
    at: (ms) => (ms >= fromMs && (toMs === null || ms < toMs) ? 1 : undefined),
  };
}

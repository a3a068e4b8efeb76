import type { Alert } from '../alerts/state.ts';
import type { Metric } from './metric.ts';

/** `ALERTS`, the series that Prometheus itself keeps of its rules: 1 while an alert is firing. */
export function alertsMetric(alerts: () => readonly Alert[]): Metric {
  return {
    name: 'ALERTS',
    help: 'Alerts that are firing',
    type: 'gauge',
    series: () =>
      alerts().flatMap(({ alertname, labels, firedAtMs, resolvedAtMs }) =>
        firedAtMs === null
          ? []
          : [
              {
                labels: { ...labels, alertname, alertstate: 'firing' },
                at: (ms: number) => (ms >= firedAtMs && (resolvedAtMs === null || ms < resolvedAtMs) ? 1 : undefined),
              },
            ],
      ),
  };
}

import type { Alert, AlertGroup } from '../../../kb/schemas/alert-group.ts';

/** An alert as Alertmanager 0.27 sends it. */
export function anAlertmanagerAlert(overrides: Partial<Alert> = {}): Alert {
  return {
    status: 'firing',
    labels: {
      alertname: 'TrainingStepSlow',
      cluster: 'site-a',
      job: 'pretrain',
      node: 'node-07',
      severity: 'critical',
    },
    annotations: {
      summary: 'Steps of pretrain take 3.1 times as long as before',
      runbook_url: 'https://runbooks.example.com/TrainingStepSlow',
    },
    startsAt: '2026-11-20T03:04:05.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example.com:9090/graph?g0.expr=job%3Atraining_step_seconds%3Aratio+%3E+2&g0.tab=1',
    fingerprint: '5ef77f1f8a3ecf8d',
    ...overrides,
  };
}

/** A webhook body, version 4, as Alertmanager 0.27 sends it. */
export function anAlertmanagerBody(overrides: Partial<AlertGroup> = {}): AlertGroup {
  return {
    receiver: 'wardround',
    status: 'firing',
    alerts: [anAlertmanagerAlert()],
    groupLabels: { alertname: 'TrainingStepSlow', cluster: 'site-a', job: 'pretrain' },
    commonLabels: {
      alertname: 'TrainingStepSlow',
      cluster: 'site-a',
      job: 'pretrain',
      node: 'node-07',
      severity: 'critical',
    },
    commonAnnotations: { summary: 'Steps of pretrain take 3.1 times as long as before' },
    externalURL: 'http://alertmanager.example.com:9093',
    version: '4',
    groupKey: '{}/{severity="critical"}:{alertname="TrainingStepSlow", cluster="site-a", job="pretrain"}',
    truncatedAlerts: 0,
    ...overrides,
  };
}

export function resolvedBody(): AlertGroup {
  const alerts = [anAlertmanagerAlert({ status: 'resolved', endsAt: '2026-11-20T04:00:00Z' })];
  return anAlertmanagerBody({ status: 'resolved', alerts });
}

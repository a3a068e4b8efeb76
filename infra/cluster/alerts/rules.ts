/** An alerting rule over one metric of the cluster: what an operator would write for Prometheus, as data. */
export interface AlertRule {
  readonly alertname: string;
  readonly metric: string;
  /** Fires above this multiple of the baseline. */
  readonly factor: number;
  /** The baseline is the lowest median over this long that the series ever had (a recording rule). */
  readonly baselineWindowMs: number;
  /** Held for this long before it fires. */
  readonly forMs: number;
  readonly severity: string;
  /** The same in PromQL, for the generator link. */
  readonly expression: string;
  summary(labels: Readonly<Record<string, string>>, value: number, baseline: number): string;
  readonly description: string;
}

export const alertRules: readonly AlertRule[] = [
  {
    alertname: 'TrainingStepSlow',
    metric: 'training_step_seconds',
    // Healthy steps spread by about 2 %; half as slow again is no accident.
    factor: 1.5,
    // A moving median alone would take a lasting slowdown for normal after ten minutes and call it resolved.
    baselineWindowMs: 20 * 60_000,
    forMs: 60_000,
    severity: 'critical',
    expression: 'training_step_seconds > 1.5 * min_over_time(training_step_seconds:median20m[7d])',
    summary: (labels, value, baseline) =>
      `Training step of ${labels['job'] ?? '?'} takes ${value.toFixed(1)} s instead of ${baseline.toFixed(1)} s`,
    description: 'The step time of the job is more than 1.5 times its usual median for over a minute.',
  },
];

/** Alertmanager's routing of these alerts, in cluster time. */
export const alertRoute = {
  receiver: 'wardround',
  matcher: '{severity="critical"}',
  groupBy: ['alertname', 'cluster', 'job'],
  groupWaitMs: 5_000,
  groupIntervalMs: 5_000,
  repeatIntervalMs: 5 * 60_000,
} as const;

/** Cluster time between two evaluations. */
export const evaluationMs = 5_000;

/** An alerting rule over one metric of the cluster: what an operator would write for Prometheus, as data. */
export interface AlertRule {
  readonly alertname: string;
  readonly metric: string;
  /** Only series with these labels. */
  readonly where?: Readonly<Record<string, string>>;
  readonly condition: Condition;
  /** Held for this long before it fires. */
  readonly forMs: number;
  readonly severity: string;
  /** The same in PromQL, for the generator link. */
  readonly expression: string;
  /** `value` is what the condition looked at, `reference` what it was compared with. */
  summary(labels: Readonly<Record<string, string>>, value: number, reference: number): string;
  readonly description: string;
}

export type Condition =
  /** Above a multiple of the lowest median over this long that the series ever had (a recording rule). */
  | { readonly kind: 'above-baseline'; readonly factor: number; readonly baselineWindowMs: number }
  | { readonly kind: 'above'; readonly limit: number }
  /** Below a share of another metric with the same labels. */
  | { readonly kind: 'below-share'; readonly of: string; readonly share: number }
  /** Grew by more than this within the window; a counter that starts anew counts from zero. */
  | { readonly kind: 'increase'; readonly windowMs: number; readonly above: number }
  /** Has had the same value for the whole window. */
  | { readonly kind: 'unchanged'; readonly windowMs: number };

export const alertRules: readonly AlertRule[] = [
  {
    alertname: 'TrainingStepSlow',
    metric: 'training_step_seconds',
    condition: {
      kind: 'above-baseline',
      // Healthy steps spread by about 2 %; half as slow again is no accident.
      factor: 1.5,
      // A moving median alone would take a lasting slowdown for normal after ten minutes and call it resolved.
      baselineWindowMs: 20 * 60_000,
    },
    forMs: 60_000,
    severity: 'critical',
    expression: 'training_step_seconds > 1.5 * min_over_time(training_step_seconds:median20m[7d])',
    summary: (labels, value, baseline) =>
      `Training step of ${labels['job'] ?? '?'} takes ${value.toFixed(1)} s instead of ${baseline.toFixed(1)} s`,
    description: 'The step time of the job is more than 1.5 times its usual median for over a minute.',
  },
  {
    alertname: 'TrainingStalled',
    metric: 'training_iteration',
    // Eleven usual steps; a restart that works takes less.
    condition: { kind: 'unchanged', windowMs: 90_000 },
    forMs: 15_000,
    severity: 'critical',
    expression: 'changes(training_iteration[90s]) == 0',
    summary: (labels, value) => `Training of ${labels['job'] ?? '?'} makes no progress since iteration ${value}`,
    description: 'No training step has finished for more than 90 seconds.',
  },
  {
    alertname: 'HostOutOfMemory',
    metric: 'node_vmstat_oom_kill',
    condition: { kind: 'increase', windowMs: 15 * 60_000, above: 0 },
    forMs: 0,
    severity: 'critical',
    expression: 'increase(node_vmstat_oom_kill[15m]) > 0',
    summary: (labels, value) => `The kernel of ${labels['node'] ?? '?'} killed ${value} process for memory`,
    description: 'The out-of-memory killer of a node was active within the last quarter of an hour.',
  },
  {
    alertname: 'NodeMemoryLow',
    metric: 'node_memory_MemAvailable_bytes',
    // NodeMemoryHighUtilization of node_exporter's mixin warns at 10 %; nobody is told, it stands in ALERTS.
    condition: { kind: 'below-share', of: 'node_memory_MemTotal_bytes', share: 0.1 },
    forMs: 30_000,
    severity: 'warning',
    expression: 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.10',
    summary: (labels, value, total) =>
      `Memory of ${labels['node'] ?? '?'}: ${((100 * value) / total).toFixed(1)} % available`,
    description: 'Less than a tenth of the memory of a node is available.',
  },
  {
    alertname: 'FilesystemAlmostFull',
    metric: 'node_filesystem_avail_bytes',
    where: { mountpoint: '/raid' },
    // NodeFilesystemAlmostOutOfSpace of node_exporter's mixin is critical below 3 %.
    condition: { kind: 'below-share', of: 'node_filesystem_size_bytes', share: 0.03 },
    forMs: 5 * 60_000,
    severity: 'critical',
    expression:
      'node_filesystem_avail_bytes{mountpoint="/raid"} / node_filesystem_size_bytes{mountpoint="/raid"} < 0.03',
    summary: (labels, value, size) =>
      `${labels['mountpoint'] ?? '?'} of ${labels['node'] ?? '?'} has ${((100 * value) / size).toFixed(2)} % space left`,
    description: 'The file system that takes checkpoints has less than 3 % of its space left.',
  },
  {
    alertname: 'GpuXidError',
    metric: 'DCGM_FI_DEV_XID_ERRORS',
    // The gauge is the number of the last Xid; 0 is none.
    condition: { kind: 'above', limit: 0 },
    forMs: 0,
    severity: 'critical',
    expression: 'DCGM_FI_DEV_XID_ERRORS > 0',
    summary: (labels, value) => `GPU ${labels['gpu'] ?? '?'} of ${labels['Hostname'] ?? '?'} reports Xid ${value}`,
    description: 'The driver reported an error of a GPU.',
  },
  {
    alertname: 'GpuRowRemapFailure',
    metric: 'DCGM_FI_DEV_ROW_REMAP_FAILURE',
    condition: { kind: 'above', limit: 0 },
    forMs: 0,
    severity: 'critical',
    expression: 'DCGM_FI_DEV_ROW_REMAP_FAILURE > 0',
    summary: (labels) => `GPU ${labels['gpu'] ?? '?'} of ${labels['Hostname'] ?? '?'} could not remap a memory row`,
    description: 'A row of the memory of a GPU had an uncorrectable error and no spare row to take its place.',
  },
  {
    alertname: 'InfinibandLinkFlapping',
    metric: 'node_infiniband_link_downed_total',
    // Once is an accident or a person; three times in five minutes is neither.
    condition: { kind: 'increase', windowMs: 5 * 60_000, above: 2 },
    forMs: 0,
    severity: 'critical',
    expression: 'increase(node_infiniband_link_downed_total[5m]) > 2',
    summary: (labels, value) =>
      `The link of ${labels['device'] ?? '?'} port ${labels['port'] ?? '?'} of ${labels['node'] ?? '?'} went down ${value} times in five minutes`,
    description: 'An InfiniBand link goes down again and again.',
  },
];

/** Alertmanager's routing of these alerts, in cluster time; labels that an alert does not have group nothing. */
export const alertRoute = {
  receiver: 'wardround',
  severity: 'critical',
  matcher: '{severity="critical"}',
  groupBy: ['alertname', 'cluster', 'job', 'node', 'Hostname'],
  groupWaitMs: 5_000,
  groupIntervalMs: 5_000,
  repeatIntervalMs: 5 * 60_000,
} as const;

/** Cluster time between two evaluations. */
export const evaluationMs = 5_000;

import { alertsPerObservationMax, startTimesMax, type AlertObservation, type ObservedAlert } from './alert.ts';
import type { Closing } from './closing.ts';

/** Which alerts of its group an incident has reasoned about, and which came when it had its verdict. */
export interface HeardAlerts {
  /** Fingerprints of those that fired before the verdict, in earlier runs as well. */
  readonly heard: readonly string[];
  /** Still firing, as far as is known; the verdict can not speak of them. */
  readonly later: readonly ObservedAlert[];
}

/** More are not kept: the next run hears them with the next delivery. */
export const laterAlertsMax = 20;

/** Folds one delivery. An alert without a fingerprint can not be told from others and is taken for known. */
export function hearAlerts(
  { heard, later }: HeardAlerts,
  { alerts, status }: AlertObservation,
  hasVerdict: boolean,
): HeardAlerts {
  const firing = alerts.filter((alert) => alert.status === 'firing' && alert.fingerprint !== '');
  if (!hasVerdict) {
    const all = new Set([...heard, ...firing.map(({ fingerprint }) => fingerprint)]);
    return { heard: [...all].slice(-startTimesMax), later };
  }
  const ended = status === 'resolved' ? null : fingerprintsOf(alerts.filter((alert) => alert.status === 'resolved'));
  const stillLater = ended === null ? [] : later.filter(({ fingerprint }) => !ended.has(fingerprint));
  const known = new Set([...heard, ...fingerprintsOf(stillLater)]);
  const added = firing.filter(({ fingerprint }) => !known.has(fingerprint));
  return { heard, later: [...stillLater, ...added].slice(0, laterAlertsMax) };
}

/** What the next run is about: the alerts that came later, before those of the latest delivery. */
export function laterFirst(latest: AlertObservation, later: readonly ObservedAlert[]): AlertObservation {
  if (later.length === 0) return latest;
  const added = fingerprintsOf(later);
  const others = latest.alerts.filter(({ fingerprint }) => !added.has(fingerprint));
  return { ...latest, status: 'firing', alerts: [...later, ...others].slice(0, alertsPerObservationMax) };
}

/** Those that are not about nodes which a plan has taken out of service: what is out alarms for its own reasons. */
export function besides(nodes: readonly string[], later: readonly ObservedAlert[]): readonly ObservedAlert[] {
  return later.filter((alert) => {
    const node = nodeOf(alert);
    return node !== undefined && !nodes.includes(node);
  });
}

/**
 * Whether an end leaves later alerts to be taken up: `at-once`; `when-still-there`, where the repair may have mended what
 * they are about; `never`, where people wanted an end or another incident goes on with it.
 */
export function afterClosing({ kind }: Closing): 'at-once' | 'when-still-there' | 'never' {
  switch (kind) {
    case 'cancelled':
    case 'merged':
      return 'never';
    case 'repaired':
    case 'recovered':
    case 'repaired-by-people':
      return 'when-still-there';
    case 'no-fault':
    case 'undone':
    case 'rejected':
    case 'expired':
    case 'observed':
    case 'handed-over':
      return 'at-once';
  }
}

/** "GpuPowerLow on node-07" */
export function alertName(alert: ObservedAlert): string {
  const name = alert.labels['alertname'] ?? 'alert';
  const node = nodeOf(alert);
  return node === undefined ? name : `${name} on ${node}`;
}

/** The labels by which alerts name a node: Prometheus relabelling, and DCGM's exporter. */
export function nodeOf({ labels }: Pick<ObservedAlert, 'labels'>): string | undefined {
  return [labels['node'], labels['Hostname']].find((name) => name !== undefined && name !== '');
}

function fingerprintsOf(alerts: readonly ObservedAlert[]): ReadonlySet<string> {
  return new Set(alerts.map(({ fingerprint }) => fingerprint));
}

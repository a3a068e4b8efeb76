import { startTimesMax, type AlertObservation, type ObservedAlert } from './alert.ts';
import type { Closing } from './closing.ts';

/** Which alerts of its group an incident reasons about, and which came after them. */
export interface HeardAlerts {
  /** Fingerprints of those that it was begun with, in earlier runs as well. */
  readonly heard: readonly string[];
  /** Not known to have ended; what was gathered and planned is not about them. */
  readonly later: readonly ObservedAlert[];
}

/** More are not kept: the next run hears them with the next delivery. */
export const laterAlertsMax = 20;

/** So many runs in a row take up later alerts; then people are waited for to the end, whatever else fires. */
export const takenUpMax = 5;

/**
 * Folds one delivery. Only what is named as ended has ended: a sender may tell of one alert at a time. An alert without a
 * fingerprint can not be told from others and is taken for known.
 */
export function hearAlerts(
  { heard, later }: HeardAlerts,
  { alerts }: Pick<AlertObservation, 'alerts'>,
  isFirst: boolean,
): HeardAlerts {
  const firing = alerts.filter((alert) => alert.status === 'firing' && alert.fingerprint !== '');
  if (isFirst) {
    const now = fingerprintsOf(firing);
    return { heard: [...heard.filter((one) => !now.has(one)), ...now].slice(-startTimesMax), later };
  }
  const ended = fingerprintsOf(alerts.filter((alert) => alert.status === 'resolved'));
  const stillLater = later.filter(({ fingerprint }) => !ended.has(fingerprint));
  const known = new Set([...heard, ...fingerprintsOf(stillLater)]);
  const added = firing.filter(({ fingerprint }) => !known.has(fingerprint));
  return { heard, later: [...stillLater, ...added].slice(0, laterAlertsMax) };
}

/** What the next run is about: the later alerts alone, for windows and first probes go by the earliest that is named. */
export function nextAbout(latest: AlertObservation, later: readonly ObservedAlert[]): AlertObservation {
  return later.length === 0 ? latest : { ...latest, status: 'firing', alerts: later };
}

/** What a repair left, and what came besides: both are looked at from the repair on. */
export function withLater(latest: AlertObservation, later: readonly ObservedAlert[]): AlertObservation {
  if (later.length === 0) return latest;
  const told = fingerprintsOf(latest.alerts);
  const added = later.filter(({ fingerprint }) => !told.has(fingerprint));
  return { ...latest, status: 'firing', alerts: [...latest.alerts, ...added] };
}

/**
 * Whether an end leaves later alerts to be taken up: `at-once`; `when-still-there`, where the repair may have mended what
 * they are about; `never`, where people wanted an end.
 */
export function afterClosing({ kind }: Closing): 'at-once' | 'when-still-there' | 'never' {
  switch (kind) {
    case 'cancelled':
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
    case 'merged':
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
function nodeOf({ labels }: Pick<ObservedAlert, 'labels'>): string | undefined {
  return [labels['node'], labels['Hostname']].find((name) => name !== undefined && name !== '');
}

function fingerprintsOf(alerts: readonly ObservedAlert[]): ReadonlySet<string> {
  return new Set(alerts.map(({ fingerprint }) => fingerprint));
}

/** One alert of a group, as much of it as a history may hold: bounded, redacted, identity first. */
export interface ObservedAlert {
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAtMs: number;
  readonly endsAtMs?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** What the `alertObserved` signal carries: one delivery of one alert group. */
export interface AlertObservation {
  readonly receivedAtMs: number;
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly ObservedAlert[];
  /** Alerts that the sender or we left out because of a bound. */
  readonly truncated: number;
}

export const alertsPerObservationMax = 50;

/** Start times that are remembered, so that a repeat of a closed incident's alert is known as one. */
export const startTimesMax = 200;

/** Reads what claims to be a delivery; `null` when it is not one. A signal can be typed by hand, so nothing is trusted. */
export function readObservation(value: unknown): AlertObservation | null {
  if (typeof value !== 'object' || value === null) return null;
  const { alerts, groupLabels, receivedAtMs } = value as Partial<AlertObservation>; // each field is checked below
  if (!Array.isArray(alerts) || typeof groupLabels !== 'object' || typeof receivedAtMs !== 'number') return null;
  // The fields that are read later are there; the rest is shown, not trusted.
  return alerts.length <= alertsPerObservationMax && alerts.every(isObservedAlert) ? (value as AlertObservation) : null;
}

function isObservedAlert(value: unknown): value is ObservedAlert {
  if (typeof value !== 'object' || value === null) return false;
  const { labels, startsAtMs, summary, status } = value as Partial<ObservedAlert>; // each field is checked below
  return (
    typeof labels === 'object' &&
    Object.values(labels).every((label) => typeof label === 'string') &&
    typeof startsAtMs === 'number' &&
    typeof summary === 'string' &&
    (status === 'firing' || status === 'resolved')
  );
}

/** Known start times and those of a delivery's firing alerts, ascending. */
export function mergeStartTimes(known: readonly number[], observation: AlertObservation): readonly number[] {
  const firing = observation.alerts.filter(({ status }) => status === 'firing').map(({ startsAtMs }) => startsAtMs);
  return [...new Set([...known, ...firing])].toSorted((a, b) => a - b).slice(-startTimesMax);
}

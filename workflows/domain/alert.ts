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

/** What the API sends is shorter; these hold for what is typed by hand. */
const labelsMax = 50;
const textCharsMax = 300;

/** Start times that are remembered, so that a repeat of a closed incident's alert is known as one. */
export const startTimesMax = 200;

/** Reads what claims to be a delivery; `null` when it is not one. A signal can be typed by hand, so nothing is trusted. */
export function readObservation(value: unknown): AlertObservation | null {
  const { alerts, groupLabels, receivedAtMs, status, truncated } = fieldsOf(value);
  if (!Array.isArray(alerts) || alerts.length === 0 || alerts.length > alertsPerObservationMax) return null;
  const read = alerts.map(readAlert).filter((alert) => alert !== null);
  const labels = readLabels(groupLabels);
  if (read.length < alerts.length || labels === null || !isTime(receivedAtMs)) return null;
  return {
    receivedAtMs,
    status: status === 'resolved' ? 'resolved' : 'firing',
    groupLabels: labels,
    alerts: read,
    truncated: typeof truncated === 'number' && truncated > 0 ? truncated : 0,
  };
}

function readAlert(value: unknown): ObservedAlert | null {
  const { fingerprint, status, startsAtMs, endsAtMs, labels, summary } = fieldsOf(value);
  const read = readLabels(labels);
  if (read === null || !isTime(startsAtMs) || typeof summary !== 'string') return null;
  if (status !== 'firing' && status !== 'resolved') return null;
  return {
    fingerprint: typeof fingerprint === 'string' ? fingerprint.slice(0, textCharsMax) : '',
    status,
    startsAtMs,
    ...(isTime(endsAtMs) ? { endsAtMs } : {}),
    labels: read,
    summary: summary.slice(0, textCharsMax),
  };
}

function readLabels(value: unknown): Readonly<Record<string, string>> | null {
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  if (entries.length > labelsMax || !entries.every(([, text]) => typeof text === 'string')) return null;
  return Object.fromEntries(
    entries.map(([name, text]) => [name.slice(0, textCharsMax), String(text).slice(0, textCharsMax)]),
  );
}

/** Later than this no `Date` can say. */
const timeMsMax = 8.64e15;

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= timeMsMax;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // Each field is checked where it is read.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Known start times and those of a delivery's firing alerts, ascending. */
export function mergeStartTimes(known: readonly number[], observation: AlertObservation): readonly number[] {
  const firing = observation.alerts.filter(({ status }) => status === 'firing').map(({ startsAtMs }) => startsAtMs);
  return [...new Set([...known, ...firing])].toSorted((a, b) => a - b).slice(-startTimesMax);
}

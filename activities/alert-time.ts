import type { AlertObservation, ObservedAlert } from '../workflows/domain/alert.ts';
import type { Remains } from '../workflows/domain/phase-data.ts';
import { toClusterMs, wallDuration, type ClusterClock } from '../kb/schemas/inventory.ts';

/** When the alert began, in cluster milliseconds, and what speaks against the time that its sender gave. */
export interface AlertTime {
  readonly alertAtMs: number;
  readonly doubts: readonly string[];
  /** What was before it is of a fault that has been mended; absent where none was. */
  readonly notBeforeMs?: number;
}

/**
 * The earliest plausible start of `alerts`; without one, the time of arrival. Looks at nothing but the delivery, so
 * that the same delivery gives the same windows on every attempt, whatever the clock of a worker says.
 */
export function alertTime(
  { receivedAtMs }: Pick<AlertObservation, 'receivedAtMs'>,
  alerts: readonly ObservedAlert[],
  clock: ClusterClock,
): AlertTime {
  const arrivedMs = toClusterMs(clock, receivedAtMs);
  // Wall time: how long a delivery was on its way has nothing to do with how fast the cluster's time runs.
  const ageOf = ({ startsAtMs }: ObservedAlert): number => wallDuration(clock, arrivedMs - startsAtMs);
  const plausible = alerts.filter((alert) => ageOf(alert) >= 0 && ageOf(alert) <= ageMsMax);
  const ages = alerts.map(ageOf);
  return {
    alertAtMs: plausible.length === 0 ? arrivedMs : Math.min(...plausible.map(({ startsAtMs }) => startsAtMs)),
    doubts: [
      ...aheadDoubt(Math.max(0, ...ages.map((ageMs) => -ageMs))),
      ...oldDoubt(Math.max(0, ...ages)),
      ...lateDoubt(Math.max(0, ...plausible.map(ageOf))),
      ...(alerts.some(endsBeforeItBegins) ? ['an alert says that it ended before it began'] : []),
    ],
  };
}

/** The last moment at which it was measured, for the alert's start is that of a fault that has been mended. */
export function remainsTime({ sinceMs, atMs }: Remains, clock: ClusterClock): AlertTime {
  return { alertAtMs: toClusterMs(clock, atMs), notBeforeMs: toClusterMs(clock, sinceMs), doubts: [] };
}

// Hosts with a time service agree within a second; a minute is a clock that nobody sets.
const aheadMsMax = 60_000;
// Alertmanager hands a new alert on after group_wait (30 s) and a change after group_interval (5 min); an hour is neither.
const lateMsMax = 60 * 60_000;
// Prometheus keeps 15 days unless told otherwise: https://prometheus.io/docs/prometheus/latest/storage/
const ageMsMax = 15 * 24 * 60 * 60_000;

function aheadDoubt(aheadMs: number): readonly string[] {
  if (aheadMs <= aheadMsMax) return [];
  return [
    `an alert says that it began ${spanText(aheadMs)} after it arrived: the clock of its sender is ahead, and that time does not count`,
  ];
}

function oldDoubt(ageMs: number): readonly string[] {
  if (ageMs <= ageMsMax) return [];
  return [
    `an alert says that it began ${spanText(ageMs)} before it arrived: that is longer than metrics are kept, and that time does not count`,
  ];
}

function lateDoubt(ageMs: number): readonly string[] {
  if (ageMs <= lateMsMax) return [];
  return [
    `the alert says that it began ${spanText(ageMs)} before it arrived: it has fired that long, or the clock of its sender is behind and logs and metrics are of another time`,
  ];
}

function endsBeforeItBegins({ startsAtMs, endsAtMs }: ObservedAlert): boolean {
  return endsAtMs !== undefined && endsAtMs < startsAtMs;
}

/** In the largest whole unit up to days. */
function spanText(ms: number): string {
  for (const [unit, unitMs] of spanUnits) if (ms >= unitMs) return `${Math.floor(ms / unitMs)} ${unit}`;
  return `${Math.ceil(ms / 1000)} s`;
}

const spanUnits = [
  ['d', 24 * 60 * 60_000],
  ['h', 60 * 60_000],
  ['min', 60_000],
] as const;

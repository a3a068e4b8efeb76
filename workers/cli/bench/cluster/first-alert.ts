import { earlyWarningBody, earlyWarningName } from '../../../../activities/raise-early-warning.ts';
import type { FiringAlert, HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import { redact } from '../../../../kb/logs/redact.ts';
import { alertGroupSchema } from '../../../../kb/schemas/alert-group.ts';
import type { AlertObservation } from '../../../../workflows/domain/alert.ts';
import { sightingsOf } from '../../../api/sightings.ts';
import type { ClusterRun } from '../performance/simulated/run-cluster.ts';

/** An alert group of the site, as the API reads it. */
export interface Opening {
  readonly alert: AlertObservation;
  readonly alertname: string;
  readonly openedBy: 'alert' | 'watch' | 'hand';
  /** Of the site's own rules; absent where none of them fired. */
  readonly groupKey?: string;
}

// Alertmanager's `group_wait` of the simulated site, milliseconds.
const groupWaitMs = 5_000;

/** Brings time to the first delivery of an alert that began after the fault; `null`: nothing fires within `waitMs`. */
export function firstAlert(
  cluster: Pick<HeadlessCluster, 'nextAlertAfter' | 'alertsAt'>,
  name: string,
  onsetMs: number,
  waitMs: number,
): Opening | null {
  const firedMs = cluster.nextAlertAfter(onsetMs, onsetMs + waitMs);
  if (firedMs === null) return null;
  const fired = cluster.alertsAt(firedMs).filter(({ startsAt }) => Date.parse(startsAt) > onsetMs);
  const [first] = fired.toSorted(byStart);
  return first === undefined ? null : delivered(cluster, name, first, firedMs);
}

/**
 * The first delivery of an alert that was not heard of, at `nowMs` or when it comes until `untilMs`; `null`: there is none.
 * @param sinceMs Alerts that began earlier are not about it.
 */
export function nextAlert(
  cluster: Pick<HeadlessCluster, 'nextAlertAfter' | 'alertsAt'>,
  name: string,
  heard: ReadonlySet<string>,
  { sinceMs, nowMs, untilMs }: { readonly sinceMs: number; readonly nowMs: number; readonly untilMs: number },
): Opening | null {
  for (let atMs: number | null = nowMs; atMs !== null; atMs = cluster.nextAlertAfter(atMs, untilMs)) {
    const [first] = cluster
      .alertsAt(atMs)
      .filter(({ startsAt, fingerprint }) => Date.parse(startsAt) > sinceMs && !heard.has(fingerprint))
      .toSorted(byStart);
    if (first !== undefined) return delivered(cluster, name, first, atMs);
  }
  return null;
}

/** The group of an alert, as it is sent a moment after it fired. */
function delivered(
  cluster: Pick<HeadlessCluster, 'alertsAt'>,
  name: string,
  first: FiringAlert,
  firedMs: number,
): Opening {
  const sentMs = firedMs + groupWaitMs;
  const { groupKey } = first;
  const alert = groupAt(cluster, name, groupKey, sentMs) ?? observedGroup([first], name, sentMs);
  return { alert, alertname: first.labels['alertname'] ?? '', openedBy: 'alert', groupKey };
}

/** A group as it is sent at this moment; `null`: nothing of it fires. */
export function groupAt(
  cluster: Pick<HeadlessCluster, 'alertsAt'>,
  name: string,
  groupKey: string,
  atMs: number,
): AlertObservation | null {
  const members = cluster.alertsAt(atMs).filter((one) => one.groupKey === groupKey);
  return members.length === 0 ? null : observedGroup(members, name, atMs);
}

function observedGroup(members: readonly FiringAlert[], name: string, sentMs: number): AlertObservation {
  const alerts = members.map((one) => ({ ...one, status: 'firing' }));
  const [first] = alerts;
  const body = { version: '4', groupKey: first?.groupKey, status: 'firing', groupLabels: shared(alerts), alerts };
  return observed(body, name, sentMs);
}

/** The first warning that the product's own watch of a job opens after the fault; `null`: none within `waitMs`. */
export function firstWarning(watched: ClusterRun, name: string, onsetMs: number, waitMs: number): Opening | null {
  const open = () =>
    watched.jobs.flatMap((job) => {
      const warning = job.openSince(onsetMs);
      return warning === undefined ? [] : [{ job: job.name, ...warning }];
    });
  watched.passTo(onsetMs + waitMs, () => open().length > 0);
  const [first] = open();
  if (first === undefined) return null;
  const { job, suspicion, atMs } = first;
  const warning = {
    cluster: name,
    job,
    stage: 'firing',
    suspicion,
    startsAtMs: atMs,
    endsAtMs: null,
    why: null,
  } as const;
  return {
    alert: observed(earlyWarningBody(warning), name, atMs),
    alertname: earlyWarningName(suspicion),
    openedBy: 'watch',
  };
}

/** A person says that something is wrong with a job, as `wardround incident start` does. */
export function reportedByHand(name: string, job: string | undefined, nowMs: number): Opening {
  const alertname = 'ReportedByHand';
  const labels = { alertname, cluster: name, ...(job === undefined ? {} : { job }) };
  const startsAt = new Date(nowMs).toISOString();
  const one = { status: 'firing', labels, annotations: {}, startsAt, fingerprint: 'reported' };
  const body = { version: '4', groupKey: 'reported', status: 'firing', groupLabels: labels, alerts: [one] };
  return { alert: observed(body, name, nowMs), alertname, openedBy: 'hand' };
}

function observed(body: object, name: string, receivedAtMs: number): AlertObservation {
  const group = alertGroupSchema.parse(body);
  const { sightings } = sightingsOf(group, { clusters: [name], receivedAtMs, redact });
  const [sighting] = sightings;
  if (sighting === undefined) throw new Error(`an alert of ${name} belongs to no cluster`);
  return sighting.observation;
}

function byStart(a: FiringAlert, b: FiringAlert): number {
  return Date.parse(a.startsAt) - Date.parse(b.startsAt) || (a.fingerprint < b.fingerprint ? -1 : 1);
}

/** Labels that all of a group have in common; those that it is grouped by are among them. */
function shared(alerts: readonly Pick<FiringAlert, 'labels'>[]): Record<string, string> {
  const [first] = alerts;
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) => alerts.every(({ labels }) => labels[name] === value)),
  );
}

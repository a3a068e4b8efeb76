import type { Alert, AlertGroup } from '../../kb/schemas/alert-group.ts';
import { alertsPerObservationMax, type AlertObservation, type ObservedAlert } from '../../workflows/domain/alert.ts';
import { excerptCharsMax } from '../../workflows/domain/finding.ts';
import { namePattern } from '../../workflows/domain/ids.ts';
import { groupHash, type IncidentSighting } from '../incident-start.ts';
import type { Place } from './schemas.ts';

export interface Sightings {
  readonly sightings: readonly IncidentSighting[];
  /** Alerts that belong to no cluster of ours, and why. */
  readonly misplaced: readonly Place[];
}

export interface SightingOptions {
  /** The clusters that we have an inventory of; an alert without a cluster belongs to the only one. */
  readonly clusters: readonly string[];
  readonly receivedAtMs: number;
  readonly redact: (text: string) => string;
}

/** One body is one alert group; alerts of several clusters in it are as many incidents. */
export function sightingsOf(group: AlertGroup, options: SightingOptions): Sightings {
  const misplaced: Place[] = [];
  const byCluster = new Map<string, Alert[]>();
  for (const [index, alert] of group.alerts.entries()) {
    const placed = clusterOf(alert, group, options.clusters);
    if (!placed.ok) misplaced.push({ pointer: `#/alerts/${index}/labels/cluster`, detail: placed.problem });
    else byCluster.set(placed.cluster, [...(byCluster.get(placed.cluster) ?? []), alert]);
  }
  const hash = groupHash(group.groupKey);
  const sightings = [...byCluster].map(([cluster, alerts]) => ({
    cluster,
    groupHash: hash,
    observation: observationOf(group, alerts, options),
  }));
  return { sightings, misplaced };
}

type Placed = { readonly ok: true; readonly cluster: string } | { readonly ok: false; readonly problem: string };

function clusterOf(alert: Alert, group: AlertGroup, clusters: readonly string[]): Placed {
  const named = alert.labels['cluster'] ?? group.commonLabels['cluster'] ?? group.groupLabels['cluster'];
  const [only] = clusters;
  const known = clusters.join(', ');
  if (named === undefined)
    return only !== undefined && clusters.length === 1
      ? { ok: true, cluster: only }
      : { ok: false, problem: `no label "cluster", and it could be any of: ${known}` };
  if (clusters.includes(named)) return { ok: true, cluster: named };
  return namePattern.test(named)
    ? { ok: false, problem: `no inventory of cluster "${named}"; known: ${known}` }
    : { ok: false, problem: `not a cluster name (lower-case letters, digits, dots and dashes); known: ${known}` };
}

function observationOf(group: AlertGroup, alerts: readonly Alert[], options: SightingOptions): AlertObservation {
  const kept = alerts
    .map((alert) => observedAlert(alert, options.redact))
    .toSorted(inOrderOfInterest)
    .slice(0, alertsPerObservationMax);
  return {
    receivedAtMs: options.receivedAtMs,
    status: alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved',
    groupLabels: boundedLabels(group.groupLabels, options.redact),
    alerts: kept,
    truncated: group.truncatedAlerts + alerts.length - kept.length,
  };
}

/** What fires comes first, and of that what began first; then by fingerprint, so that each delivery keeps the same ones. */
function inOrderOfInterest(a: ObservedAlert, b: ObservedAlert): number {
  if (a.status !== b.status) return a.status === 'firing' ? -1 : 1;
  return a.startsAtMs - b.startsAtMs || (a.fingerprint < b.fingerprint ? -1 : 1);
}

function observedAlert(alert: Alert, redact: SightingOptions['redact']): ObservedAlert {
  const { annotations } = alert;
  const summary = annotations['summary'] ?? annotations['description'] ?? annotations['message'] ?? '';
  const endsAtMs = alert.endsAt === undefined ? 0 : Date.parse(alert.endsAt);
  return {
    fingerprint: alert.fingerprint,
    status: alert.status,
    startsAtMs: Date.parse(alert.startsAt),
    // While an alert fires, its end is the zero time or a guess of the sender's.
    ...(alert.status === 'resolved' && endsAtMs > 0 ? { endsAtMs } : {}),
    labels: boundedLabels(alert.labels, redact),
    summary: oneLine(redact(summary), excerptCharsMax),
  };
}

// 50 alerts of this size stay below the 256 KiB at which Temporal starts to warn about a payload (stack-notes 1.7).
const labelsPerAlertMax = 24;
const labelNameCharsMax = 64;
const labelValueCharsMax = 120;

/** Labels that say what and where; kept when there are too many. */
const identityLabels = [
  'alertname',
  'cluster',
  'severity',
  'node',
  'instance',
  'Hostname',
  'hostname',
  'job',
  'job_name',
  'gpu',
  'uuid',
  'device',
  'rank',
];

function boundedLabels(
  labels: Readonly<Record<string, string>>,
  redact: SightingOptions['redact'],
): Readonly<Record<string, string>> {
  const names = Object.keys(labels).toSorted((a, b) => weight(a) - weight(b) || (a < b ? -1 : 1));
  return Object.fromEntries(
    names
      .slice(0, labelsPerAlertMax)
      .map((name) => [
        oneLine(name, labelNameCharsMax),
        oneLine(redactValue(name, labels[name] ?? ''), labelValueCharsMax),
      ]),
  );

  /** The name tells what the value is; masks are as long as what they cover, so the name can be cut off again. */
  function redactValue(name: string, value: string): string {
    return redact(`${name}=${value}`).slice(name.length + 1);
  }
}

function weight(label: string): number {
  const at = identityLabels.indexOf(label);
  return at < 0 ? identityLabels.length : at;
}

function oneLine(text: string, charsMax: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}

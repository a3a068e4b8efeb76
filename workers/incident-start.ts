import { createHash } from 'node:crypto';
import type { AlertObservation, ObservedAlert } from '../workflows/domain/alert.ts';
import type { IncidentInput, IncidentSettings } from '../workflows/domain/incident-input.ts';
import { incidentWorkflowId } from '../workflows/domain/ids.ts';

/** One delivery of one alert group for one cluster, wherever it came from. */
export interface IncidentSighting {
  readonly cluster: string;
  readonly groupHash: string;
  readonly observation: AlertObservation;
}

/** All that starting an incident takes, in our own words; the Temporal adapter adds the engine's. */
export interface IncidentStart {
  readonly workflowId: string;
  readonly input: IncidentInput;
  /** One line for lists. */
  readonly summary: string;
  readonly severity: string;
  /** Start times of the firing alerts: a later delivery with no other is a repeat of this incident. */
  readonly alertStartsAtMs: readonly number[];
}

export function incidentStart(
  sighting: IncidentSighting,
  settings: IncidentSettings,
  recurrenceOf: string | null,
): IncidentStart {
  const { cluster, groupHash, observation } = sighting;
  return {
    workflowId: incidentWorkflowId(cluster, groupHash),
    input: { cluster, groupHash, settings, ...(recurrenceOf === null ? {} : { recurrenceOf }) },
    summary: summaryLine(cluster, observation),
    severity: worstSeverity(firing(observation)),
    alertStartsAtMs: startTimes(observation),
  };
}

/** The group key holds route and group labels only: no annotation and no time, so it is the same at each delivery. */
export function groupHash(groupKey: string): string {
  return createHash('sha256').update(groupKey).digest('hex').slice(0, 16);
}

/** What people type and read: the workflow id without its fixed first part. */
export function shortIncidentId(workflowId: string): string {
  return workflowId.replace(/^incident\//, '');
}

/** Distinct start times of the firing alerts, ascending. */
export function startTimes(observation: AlertObservation): readonly number[] {
  return [...new Set(firing(observation).map((alert) => alert.startsAtMs))].toSorted((a, b) => a - b);
}

function firing(observation: AlertObservation): readonly ObservedAlert[] {
  return observation.alerts.filter((alert) => alert.status === 'firing');
}

/** Temporal takes about 200 bytes in one line (stack-notes 1.4). */
const summaryBytesMax = 200;
const nodesShownMax = 3;

function summaryLine(cluster: string, observation: AlertObservation): string {
  const alerts = firing(observation);
  const names = distinct(alerts.map((alert) => alert.labels['alertname'] ?? 'alert'));
  const nodes = distinct(alerts.flatMap((alert) => alert.labels['node'] ?? alert.labels['instance'] ?? []));
  const more = nodes.length > nodesShownMax ? ` and ${nodes.length - nodesShownMax} more` : '';
  const where = nodes.length === 0 ? '' : `, ${nodes.slice(0, nodesShownMax).join(', ')}${more}`;
  return asciiLine(`${names.slice(0, nodesShownMax).join(', ')} on ${cluster}${where}`);
}

/** The Web UI renders Markdown: what could format is left out. */
function asciiLine(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:;/+-]+/g, ' ').slice(0, summaryBytesMax);
}

const severityOrder = ['critical', 'error', 'warning', 'info'];

function worstSeverity(alerts: readonly ObservedAlert[]): string {
  const seen = distinct(alerts.flatMap((alert) => alert.labels['severity']?.toLowerCase() ?? []));
  return severityOrder.find((severity) => seen.includes(severity)) ?? seen.toSorted()[0] ?? 'unknown';
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

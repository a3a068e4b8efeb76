import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { alertGroupSchema, type AlertGroup } from '../../kb/schemas/alert-group.ts';
import { redact } from '../../kb/logs/redact.ts';
import type { Receipt, ReceiptOutcome } from '../api/intake.ts';
import { jsonErrorPlace } from '../api/json-place.ts';
import { placesOf } from '../api/problem.ts';
import { sightingsOf } from '../api/sightings.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, type Terminal } from './output.ts';

/** What a person says about a fault that no alert has told. */
export interface ReportedFault {
  readonly cluster: string;
  readonly alertname: string;
  readonly severity: string;
  readonly node?: string;
  readonly job?: string;
  readonly summary: string;
}

export type OpenSource =
  | { readonly kind: 'reported'; readonly fault: ReportedFault }
  | { readonly kind: 'body'; readonly file: string };

/** Starts incidents without the API: from what a person says, or from a saved Alertmanager body. */
export async function openIncidents(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'start'>,
  source: OpenSource,
  options: { readonly clusters: readonly string[]; readonly json: boolean },
  nowMs: number,
): Promise<void> {
  const group = source.kind === 'body' ? readBody(source.file) : groupOf(source.fault, nowMs);
  const { sightings, misplaced } = sightingsOf(group, { clusters: options.clusters, receivedAtMs: nowMs, redact });
  const [first] = misplaced;
  if (first !== undefined)
    throw new CommandFailure(
      source.kind === 'body' ? `${source.file}: ${first.pointer}: ${plain(first.detail)}` : plain(first.detail),
      'give each alert a label "cluster" that an inventory describes (WARDROUND_INVENTORY)',
      { exitCode: exitCodes.usage },
    );
  const incidents: Receipt[] = [];
  for (const sighting of sightings) incidents.push(await desk.start(sighting));
  if (options.json) terminal.out(renderJson({ incidents }));
  else for (const receipt of incidents) terminal.out(describe(terminal, receipt));
}

/** The same shape as an alert's, so that everything behind it is the same too. */
function groupOf(fault: ReportedFault, nowMs: number): AlertGroup {
  const { alertname, cluster, severity, node, job, summary } = fault;
  const identity = {
    alertname,
    cluster,
    ...(node === undefined ? {} : { node }),
    ...(job === undefined ? {} : { job }),
  };
  const groupKey = `reported:${JSON.stringify(identity)}`;
  return alertGroupSchema.parse({
    version: '4',
    groupKey,
    status: 'firing',
    groupLabels: identity,
    alerts: [
      {
        status: 'firing',
        labels: { ...identity, severity },
        annotations: { summary },
        startsAt: new Date(nowMs).toISOString(),
        fingerprint: 'reported',
      },
    ],
  });
}

function readBody(file: string): AlertGroup {
  const parsed = alertGroupSchema.safeParse(parseJson(file, readText(file)));
  if (parsed.success) return parsed.data;
  throw unusable(file, listPlaces(parsed.error));
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`${file} can not be read: ${String(cause)}`, 'name a file, or - for standard input', {
      exitCode: exitCodes.usage,
      cause,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column } = jsonErrorPlace(text);
    throw unusable(file, `not JSON, wrong at line ${line}, column ${column}`);
  }
}

const placesShownMax = 5;

function listPlaces(error: z.ZodError): string {
  const lines = placesOf(error).map(({ pointer, detail }) => `  ${pointer}: ${plain(detail)}`);
  return ['these places differ:', ...lines.slice(0, placesShownMax)].join('\n');
}

function unusable(file: string, why: string): CommandFailure {
  return new CommandFailure(
    `${file} is not an Alertmanager webhook body (version 4): ${why}`,
    'send what Alertmanager sends',
    {
      exitCode: exitCodes.usage,
    },
  );
}

const words: Readonly<Record<ReceiptOutcome, string>> = {
  started: 'started',
  forwarded: 'was open already and has been told',
  unchanged: 'was open already; nothing has changed',
  repeat: 'is closed, and these alerts are the ones it knew',
  'not-open': 'is not open, and the alerts are resolved',
};

function describe(terminal: Terminal, { incidentId, outcome }: Receipt): string {
  return `Incident ${paint(terminal, 'bold', plain(incidentId))} ${words[outcome]}.`;
}

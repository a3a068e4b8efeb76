import { jsonDigest } from '../../activities/json-evidence.ts';
import type { SiteKnowledge } from '../../activities/ports.ts';
import {
  eventIdentity,
  siteEventSchemaVersion,
  type IncidentProvenance,
  type NewSiteEvent,
  type SiteEvent,
} from '../../kb/knowledge/site-events.ts';
import { recordSchema, type IncidentRecord } from '../../kb/schemas/record.ts';

export const dayMs = 24 * 3_600_000;
export const startMs = Date.UTC(2026, 0, 1);

/** A record that a person might add. */
export function aRecord(changes: Partial<IncidentRecord> = {}): IncidentRecord {
  const record = recordSchema.parse({
    schema: 1,
    id: 'clock-held-down-by-rack-power',
    revision: 1,
    status: 'candidate',
    kind: 'incident',
    category: 'gpu-clock-throttle',
    signature: 'clock-or-power',
    problemkey: ['clock held down', 'power brake'],
    platform: { generations: ['ampere'] },
    rawtext:
      'Two GPUs of one node ran at a third of their clock for hours. The power brake of the shelf had been asserted after a supply was changed.',
    function: 'Read the clock event reasons: the power brake stands there while the cause is present.',
    result: 'The power brake of the shelf stayed asserted after a power supply was changed.',
    signals: [{ seenIn: 'probe', kind: 'gpu.clock.below-siblings', strength: 'strong' }],
    notThisIf: ['Clock event reasons show no brake while the clock is low.'],
    probes: [{ id: 'gpu.clocks', present: 'below the siblings', absent: 'as the siblings' }],
    remedy: { action: 'Seat the supply again and clear the brake at the shelf.' },
    confirmedBy: { who: 'operator', how: 'The clocks came back when the supply was seated.' },
    source: 'https://example.org/incidents/1',
    ...changes,
  });
  if (record.kind !== 'incident') throw new TypeError('an incident was expected');
  return record;
}

export function anIncident(run: string, changes: Partial<IncidentProvenance> = {}): IncidentProvenance {
  return {
    cluster: 'site-a',
    workflowId: `incident/site-a/${run}`,
    runId: run,
    firstRunId: run,
    proposal: 1,
    digest: 'd'.repeat(64),
    approvedBy: ['Ada'],
    evidence: [`evidence/orchestrator/site-a/record-candidate/${run}`],
    ...changes,
  };
}

function whatWasRead(read: SiteEvent | string) {
  if (typeof read === 'string') return { target: read, revision: 1, proposal: null };
  if (read.kind !== 'proposed') throw new TypeError('only a proposal has a text');
  return { target: read.record.id, revision: read.record.revision, proposal: read.id };
}

/** As the store would give it an id. */
export function stored(event: NewSiteEvent): SiteEvent {
  // Completed with exactly what the schema adds to a new event.
  return { ...event, schema: siteEventSchemaVersion, id: jsonDigest(eventIdentity(event)) } as SiteEvent;
}

const said = (day: number, by: string) => ({ atMs: startMs + day * dayMs, by, reason: 'because' });

/** Short ways to say what events say; days count from the start. */
export const events = {
  typed: (record: IncidentRecord, day = 0) =>
    stored({ kind: 'proposed', ...said(day, 'grace'), record, provenance: { kind: 'typed', file: 'a.yaml' } }),
  learned: (record: IncidentRecord, run: string, day = 0) =>
    stored({
      kind: 'proposed',
      ...said(day, 'wardround'),
      record,
      provenance: { kind: 'incident', incident: anIncident(run) },
    }),
  confirmed: (target: string, run: string, day = 1) =>
    stored({ kind: 'confirmed', ...said(day, 'wardround'), target, incident: anIncident(run) }),
  /** Of the text in a proposal, or of an id that has none here. */
  accepted: (read: SiteEvent | string, day = 1, lifts: readonly string[] = []) =>
    stored({
      kind: 'accepted',
      ...said(day, 'ada'),
      ...whatWasRead(read),
      lifts: [...lifts],
      after: null,
    }),
  rejected: (target: string, day = 1, revision = 1) =>
    stored({ kind: 'rejected', ...said(day, 'ada'), target, revision, after: null }),
  revoked: (target: string, day = 2) => stored({ kind: 'revoked', ...said(day, 'ada'), target, after: null }),
  merged: (target: string, into: string, day = 2) =>
    stored({ kind: 'merged', ...said(day, 'ada'), target, into, after: null }),
  outcome: (run: string, recalled: readonly { id: string; rank: number; right: boolean }[], day = 1) =>
    stored({
      kind: 'outcome',
      ...said(day, 'wardround'),
      incident: anIncident(run),
      category: 'gpu-clock-throttle',
      recalled: [...recalled],
    }),
  imported: (path: string, texts: readonly string[], previous: string | null = null, day = 0) =>
    stored({
      kind: 'document-imported',
      ...said(day, 'grace'),
      path,
      title: path,
      sha256: jsonDigest(texts),
      previous,
      chunks: texts.map((text) => ({
        id: `runbook-${jsonDigest([path, text]).slice(0, 16)}`,
        headings: [path],
        text,
        code: '',
      })),
    }),
};

/** A site's knowledge in memory, with the port's promises. */
export function memorySite(
  first: readonly SiteEvent[] = [],
): SiteKnowledge & { readonly kept: Map<string, SiteEvent> } {
  const kept = new Map(first.map((event) => [event.id, event]));
  return {
    kept,
    async append(event) {
      const whole = stored(event);
      if (!kept.has(whole.id)) kept.set(whole.id, whole);
      return whole;
    },
    async events() {
      return { events: [...kept.values()], problems: [], notices: [], digest: jsonDigest([...kept.keys()].toSorted()) };
    },
  };
}

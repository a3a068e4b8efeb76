import { z } from 'zod';
import { recordSchema } from '../schemas/record.ts';

/** Version of the form below. An event of another version is reported, never guessed at. */
export const siteEventSchemaVersion = 1;

const evidenceMax = 20;
const peopleMax = 10;
const recalledMax = 20;
export const chunksMax = 400;
export const chunkCharsMax = 4_000;
/** Of a document's path below the imported folder, with the folder's name before it. */
export const documentPathCharsMax = 300;
// Whatever can be recalled can be revoked: the longest name is a document's path.
const idCharsMax = documentPathCharsMax;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const id = z.string().min(1).max(idCharsMax);
// The last moment that a date can name.
const dateMsMax = 8_640_000_000_000_000;
const person = z.string().min(1).max(120);

/** The incident that stands behind an event: who approved, and where its evidence lies. */
const incidentSchema = z.strictObject({
  cluster: z.string().min(1).max(63),
  workflowId: z.string().min(1).max(200),
  runId: z.string().min(1).max(100),
  /** Stays the same across resets. */
  firstRunId: z.string().min(1).max(100),
  proposal: z.int().min(0),
  digest: z.string().max(64),
  approvedBy: z.array(person).max(peopleMax),
  /** Keys of evidence objects. */
  evidence: z.array(z.string().max(500)).max(evidenceMax),
});
export type IncidentProvenance = z.infer<typeof incidentSchema>;

const provenanceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('incident'), incident: incidentSchema }),
  /** Written by a person, in a file of this name. */
  z.strictObject({ kind: z.literal('typed'), file: z.string().max(255) }),
]);
export type Provenance = z.infer<typeof provenanceSchema>;

const chunkSchema = z.strictObject({
  id: z.string().regex(/^runbook-[0-9a-f]{16}$/),
  /** Headings above it, the document's title first. */
  headings: z.array(z.string().max(300)).max(7),
  text: z.string().min(1).max(chunkCharsMax),
  /** What stands in code blocks and backticks: exact strings for the word search. */
  code: z.string().max(chunkCharsMax),
});
export type Chunk = z.infer<typeof chunkSchema>;

const common = {
  schema: z.literal(siteEventSchemaVersion),
  /** Lower-case hex SHA-256 over what `eventIdentity` says; the object's name too. */
  id: sha256,
  /** Wall milliseconds. */
  atMs: z.int().min(0).max(dateMsMax),
  by: person,
  reason: z.string().max(1_000),
};
// Stands for all events that were known of the target when a person decided: to decide anew is another event.
const after = sha256.nullable();

const eventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('proposed'), record: recordSchema, provenance: provenanceSchema }),
  /** An incident tells the same as a record that is there. */
  z.strictObject({ ...common, kind: z.literal('confirmed'), target: id, incident: incidentSchema }),
  /**
   * Of one revision. `proposal`: the event that brought the text which was read; null where none did, as for what
   * ships. `lifts`: the rejections and revocations that it knew and overrules.
   */
  z.strictObject({
    ...common,
    kind: z.literal('accepted'),
    target: id,
    revision: z.int().min(1),
    proposal: sha256.nullable(),
    lifts: z.array(sha256).max(100),
    after,
  }),
  z.strictObject({ ...common, kind: z.literal('rejected'), target: id, revision: z.int().min(1), after }),
  /** Of a site's record, a shipped one, a document, or one piece of a document. */
  z.strictObject({ ...common, kind: z.literal('revoked'), target: id, after }),
  z.strictObject({ ...common, kind: z.literal('merged'), target: id, into: id, after }),
  /** How an incident ended, for what it had recalled; `rank` counts from 1. */
  z.strictObject({
    ...common,
    kind: z.literal('outcome'),
    incident: incidentSchema,
    category: z.string().max(100),
    recalled: z.array(z.strictObject({ id, rank: z.int().min(1), right: z.boolean() })).max(recalledMax),
  }),
  /** `previous`: the event that brought the state which this one replaces. */
  z.strictObject({
    ...common,
    kind: z.literal('document-imported'),
    path: z.string().min(1).max(documentPathCharsMax),
    title: z.string().max(300),
    sha256,
    previous: after,
    chunks: z.array(chunkSchema).max(chunksMax),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('document-removed'),
    path: z.string().min(1).max(documentPathCharsMax),
    previous: sha256,
  }),
]);

export type SiteEvent = z.infer<typeof eventSchema>;
export type SiteEventOf<K extends SiteEvent['kind']> = Extract<SiteEvent, { kind: K }>;
type WithoutId<E> = E extends SiteEvent ? Omit<E, 'id' | 'schema'> : never;
/** An event before it is stored: its id follows from it. */
export type NewSiteEvent = WithoutId<SiteEvent>;

/** Something in the store that is no event of this build. */
export interface EventProblem {
  readonly place: string;
  readonly message: string;
}

/**
 * What makes an event the one that it is. Its time is no part of it: whoever says the same again, says nothing new. One
 * repair teaches one event, whether it proposes or confirms.
 */
export function eventIdentity(event: NewSiteEvent): readonly unknown[] {
  switch (event.kind) {
    case 'proposed':
      return event.provenance.kind === 'incident'
        ? learnedIdentity(event.provenance.incident)
        : ['proposed', event.record];
    case 'confirmed':
      return learnedIdentity(event.incident);
    case 'accepted':
      return [event.kind, event.target, event.revision, event.proposal, event.by, event.lifts.toSorted(), event.after];
    case 'rejected':
      return [event.kind, event.target, event.revision, event.by, event.after];
    case 'revoked':
      return [event.kind, event.target, event.by, event.after];
    case 'merged':
      return [event.kind, event.target, event.into, event.after];
    case 'outcome':
      return [event.kind, event.incident.firstRunId, event.incident.proposal];
    case 'document-imported':
      return [event.kind, event.path, event.sha256, event.previous];
    case 'document-removed':
      return [event.kind, event.path, event.previous];
  }
}

function learnedIdentity({ firstRunId, proposal }: IncidentProvenance): readonly unknown[] {
  return ['learned', firstRunId, proposal];
}

export type ParsedSiteEvent =
  | { readonly event: SiteEvent; readonly problem?: undefined }
  | { readonly event?: undefined; readonly problem: EventProblem };

/** An event from stored JSON; the problem names the object and the field. */
export function parseSiteEvent(place: string, value: unknown): ParsedSiteEvent {
  const version = z.looseObject({ schema: z.int() }).safeParse(value).data?.schema;
  if (version !== undefined && version !== siteEventSchemaVersion)
    return {
      problem: {
        place,
        message: `an event of schema version ${version}; this build reads version ${siteEventSchemaVersion}`,
      },
    };
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return { event: parsed.data };
  const issue = parsed.error.issues[0];
  return { problem: { place, message: `no event: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() } };
}

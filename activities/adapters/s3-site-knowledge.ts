import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { z } from 'zod';
import {
  eventIdentity,
  parseSiteEvent,
  siteEventSchemaVersion,
  type EventProblem,
  type ParsedSiteEvent,
  type SiteEvent,
} from '../../kb/knowledge/site-events.ts';
import { canonicalJson, jsonDigest } from '../json-evidence.ts';
import { PortError, type LogObject, type SiteKnowledge } from '../ports.ts';
import { putOnce } from './s3-client.ts';
import { sha256Hex } from './s3-evidence.ts';
import { createS3Logs } from './s3-logs.ts';

// About 300 bytes of memory for a decision, 3 KB for a record: 300 MB at the bound.
const eventsMax = 100_000;
// The largest is a document of 400 pieces of 4,000 characters, each twice.
const eventBytesMax = 8 * 1024 * 1024;
const snapshotBytesMax = 256 * 1024 * 1024;
const snapshotsMax = 1_000;
// A local gateway answers about 2,000 gets a second with any number from 16 on.
const requestsAtOnceMax = 32;
// Fewer are read one by one in a quarter of a second; a quarter of all keeps the sum of snapshots below five times the events.
const snapshotEventsMin = 500;
const snapshotShareMin = 0.25;

const pack = promisify(gzip);
const unpack = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/**
 * A site's events in one bucket, each an object under a name that follows from what it says, written once and read as
 * it was first written. Nothing is changed and nothing deleted: a snapshot only saves reading, and which events there
 * are is listed anew each time.
 */
export function createS3SiteKnowledge(client: S3Client, bucket: string, site = 'site'): SiteKnowledge {
  const objects = createS3Logs(client, bucket);
  const folder = `knowledge/${site}`;
  const known = new Map<string, ParsedSiteEvent>();
  const writes = pLimit(requestsAtOnceMax);

  return {
    async append(event, signal) {
      const id = jsonDigest(eventIdentity(event));
      const key = eventKey(folder, id);
      const parsed = parseSiteEvent(key, { ...event, schema: siteEventSchemaVersion, id });
      if (parsed.event === undefined)
        throw new PortError('malformed', `an event that would not be read again: ${parsed.problem.message}`);
      const Body = new TextEncoder().encode(canonicalJson(parsed.event));
      if (Body.length > eventBytesMax)
        throw new PortError('too-large', `an event of ${Body.length} bytes, more than ${eventBytesMax}`);
      await writes(() => putOnce(client, { Bucket: bucket, Key: key, Body, ContentType: 'application/json' }, signal));
      return parsed.event;
    },

    async events(signal) {
      const listed = await objects.list(`${folder}/events/`, { objectsMax: eventsMax, ...signalled(signal) });
      if (listed.truncated)
        throw new PortError('too-large', `${bucket}/${folder}/events/ holds more than ${eventsMax} events`);
      const notices: string[] = [];
      const unread = () => listed.objects.filter(({ key }) => !known.has(key));
      if (unread().length >= snapshotEventsMin) await takeSnapshot(notices, signal);
      const fresh = unread();
      await readAll(fresh, signal);
      if (fresh.length >= Math.max(snapshotEventsMin, listed.objects.length * snapshotShareMin))
        await writeSnapshot(listed.objects, notices, signal);
      const parsed = listed.objects.flatMap(({ key }) => known.get(key) ?? []);
      const events = parsed.flatMap(({ event }) => event ?? []);
      return {
        events,
        problems: parsed.flatMap(({ problem }) => problem ?? []),
        notices,
        digest: jsonDigest(events.map(({ id }) => id).toSorted()),
      };
    },
  };

  async function readAll(fresh: readonly LogObject[], signal: AbortSignal | undefined): Promise<void> {
    const limit = pLimit(requestsAtOnceMax);
    try {
      await Promise.all(
        fresh.map((object) => limit(async () => known.set(object.key, await readEvent(object, signal)))),
      );
    } finally {
      limit.clearQueue();
    }
  }

  async function readEvent(object: LogObject, signal: AbortSignal | undefined): Promise<ParsedSiteEvent> {
    try {
      const bytes = await objects.read(object, { bytesMax: eventBytesMax, ...signalled(signal) });
      return checkedEvent(folder, object.key, parseJson(bytes));
    } catch (error) {
      // An object that is too large stays so; a store that is away is no reason to go on without events.
      if (error instanceof PortError && error.kind === 'too-large') return problem(object.key, error.message);
      throw error;
    }
  }

  /** The largest snapshot that can be read; what it lacks, or has too much, makes no difference. */
  async function takeSnapshot(notices: string[], signal: AbortSignal | undefined): Promise<void> {
    const listed = await objects.list(`${folder}/snapshots/`, { objectsMax: snapshotsMax, ...signalled(signal) });
    const largestFirst = listed.objects.toSorted((a, b) => (a.key < b.key ? 1 : -1)).slice(0, 3);
    for (const object of largestFirst)
      try {
        const packed = await objects.read(object, { bytesMax: snapshotBytesMax, ...signalled(signal) });
        if (!object.key.endsWith(`-${sha256Hex(packed)}.json.gz`))
          throw new TypeError('its bytes do not have its hash');
        const text = await unpack(Buffer.from(packed), { maxOutputLength: snapshotBytesMax });
        for (const value of z.array(z.unknown()).parse(JSON.parse(text.toString('utf8')))) {
          const id = z.looseObject({ id: z.string() }).safeParse(value).data?.id ?? '';
          const key = eventKey(folder, id);
          const parsed = checkedEvent(folder, key, value);
          if (parsed.event !== undefined) known.set(key, parsed);
        }
        return;
      } catch (error) {
        if (signal?.aborted === true || (error instanceof PortError && error.kind === 'unreachable')) throw error;
        const why = error instanceof Error ? error.message : String(error);
        notices.push(`the snapshot ${object.key} is left out (${why.slice(0, 200)}); the events are read instead`);
      }
  }

  async function writeSnapshot(
    listed: readonly LogObject[],
    notices: string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const events = listed.flatMap(({ key }) => known.get(key)?.event ?? []);
    const packed = await pack(Buffer.from(JSON.stringify(events)), { level: 6 });
    const name = `${String(events.length).padStart(9, '0')}-${sha256Hex(packed)}.json.gz`;
    try {
      await putOnce(
        client,
        { Bucket: bucket, Key: `${folder}/snapshots/${name}`, Body: packed, ContentType: 'application/gzip' },
        signal,
      );
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      notices.push(`no snapshot could be written: ${error.message}`);
    }
  }
}

function eventKey(folder: string, id: string): string {
  return `${folder}/events/${id}.json`;
}

/** An event counts under the name that follows from it, and under no other. */
function checkedEvent(folder: string, key: string, value: unknown): ParsedSiteEvent {
  if (value === notJson) return problem(key, 'not JSON: damaged, or not ours');
  const parsed = parseSiteEvent(key, value);
  if (parsed.event === undefined) return parsed;
  const id = jsonDigest(eventIdentity(withoutId(parsed.event)));
  return parsed.event.id === id && key === eventKey(folder, id)
    ? parsed
    : problem(key, 'its name does not follow from what it says: changed, or put there by somebody else');
}

function withoutId(event: SiteEvent) {
  const { id: _id, schema: _schema, ...rest } = event;
  return rest;
}

function problem(place: string, message: string): { readonly problem: EventProblem } {
  return { problem: { place, message } };
}

const notJson = Symbol('not JSON');

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return notJson;
  }
}

function signalled(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

import { z } from 'zod';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Probe } from '../../kb/schemas/probe.ts';
import type { InventoryNode } from '../../kb/schemas/inventory.ts';
import { PortError, type EvidenceStore } from '../ports.ts';
import { sharedKey, type Collected, type CollectedCommand, type Collecting, type Collection } from './collect.ts';
import { outputOf } from './raw-output.ts';
import type { ProbeArguments } from './wishes.ts';

/**
 * What an attempt has read, as its heartbeats carry it: for each wish by its place in the batch where the answers are.
 * No text of a node is in it, since heartbeats may end in histories.
 */
export interface Progress {
  readonly batch: string;
  readonly read: number;
  readonly place: Place | null;
  readonly done: readonly Done[];
}

/** What the answers of one batch have in common: the name of each is the hash of its bytes (kb/schemas/evidence-keys.ts). */
export interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

type Done = readonly [wish: number, elapsedMs: number, commands: readonly DoneCommand[]];
type DoneCommand =
  | readonly [given: ProbeArguments, sha256: string, bytes: number]
  | readonly [
      given: ProbeArguments,
      sha256: string,
      bytes: number,
      sha256Of2: string,
      bytes2: number,
      betweenMs: number,
    ];

/**
 * The last heartbeat of an attempt that is lost stays in the history. Answers of 2,000 readings, the most of a first look,
 * take some 180 kB; what does not fit is read again.
 */
const detailsCharsMax = 200_000;

export interface ProgressKeeper {
  add(wish: number, collection: Collection | null, elapsedMs: number): void;
  details(): Progress;
}

/** `before` is what an earlier attempt had read: it stays in the heartbeats until it is read again. */
export function keepProgress(batch: string, before: ReadonlyMap<number, ResumedReading> = new Map()): ProgressKeeper {
  const done = new Map<number, Done>();
  let read = 0;
  let chars = 0;
  let place: Place | null = null;
  const keep = (one: Done) => {
    const [wish] = one;
    const more = lengthOf(one) - lengthOf(done.get(wish));
    if (chars + more > detailsCharsMax) return;
    chars += more;
    done.set(wish, one);
  };
  for (const [wish, { elapsedMs, commands, place: known }] of before) {
    place = known;
    keep([wish, elapsedMs, commands]);
  }
  return {
    add(wish, collection, elapsedMs) {
      read += 1;
      if (collection === null) return;
      const { commands, failure } = collection;
      const isWhole = ({ first, second }: CollectedCommand) => (first.answer.cut ?? second?.answer.cut) === undefined;
      if (failure !== null || commands.length === 0 || !commands.every(isWhole)) return;
      place ??= placeOf(commands[0]?.first.raw);
      keep([wish, elapsedMs, commands.map(doneCommand)]);
    },
    details: () => ({ batch, read, place, done: [...done.values()] }),
  };
}

function lengthOf(one: Done | undefined): number {
  return one === undefined ? 0 : JSON.stringify(one).length + 1;
}

function placeOf(raw: EvidenceRef | undefined): Place | null {
  if (raw === undefined) return null;
  const name = nameOf(raw.sha256);
  return raw.key.endsWith(name) ? { bucket: raw.bucket, prefix: raw.key.slice(0, -name.length) } : null;
}

function nameOf(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256}`;
}

function doneCommand({ given, first, second }: CollectedCommand): DoneCommand {
  const { sha256, bytes } = first.raw;
  return second === undefined
    ? [given, sha256, bytes]
    : [given, sha256, bytes, second.raw.sha256, second.raw.bytes, second.betweenMs];
}

const given = z.record(z.string(), z.union([z.string(), z.number()]));
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().min(0);
const progressSchema = z.object({
  batch: z.string(),
  place: z.object({ bucket: z.string(), prefix: z.string() }).nullable(),
  done: z.array(
    z.tuple([
      z.int().min(0),
      z.number(),
      z.array(z.union([z.tuple([given, hash, bytes]), z.tuple([given, hash, bytes, hash, bytes, z.number()])])),
    ]),
  ),
});

/** What the attempt before this one had read; nothing where its heartbeat is of another batch or another form. */
export function progressOf(details: unknown, batch: string): ReadonlyMap<number, ResumedReading> {
  const read = progressSchema.safeParse(details);
  if (!read.success || read.data.batch !== batch || read.data.place === null) return new Map();
  const { place, done } = read.data;
  return new Map(done.map(([wish, elapsedMs, commands]) => [wish, { place, elapsedMs, commands }]));
}

export interface ResumedReading {
  readonly place: Place;
  readonly elapsedMs: number;
  readonly commands: readonly DoneCommand[];
}

/**
 * Takes the answers of an earlier attempt from the evidence, on whichever worker. `null` where that can't be done: then the
 * node is asked again. An account that may only put is enough for this activity, and gives up what other processes read.
 */
export async function resume(
  work: Pick<Collecting, 'evidence' | 'shared' | 'signal'>,
  probe: Probe,
  node: InventoryNode,
  { place, commands }: ResumedReading,
): Promise<Collection | null> {
  const taken: CollectedCommand[] = [];
  try {
    for (const [with_, hash1, bytes1, hash2, bytes2, betweenMs] of commands) {
      const args = probe.args.safeParse({ node: node.name, ...with_ });
      if (!args.success) return null;
      const argv = probe.argv(args.data);
      const first = await recorded(work, refOf(place, hash1, bytes1));
      const second =
        hash2 === undefined || bytes2 === undefined || betweenMs === undefined
          ? {}
          : { second: { ...(await recorded(work, refOf(place, hash2, bytes2))), betweenMs } };
      taken.push({ given: with_, args: args.data, argv, first, ...second });
    }
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return null;
  }
  // Where two reads belong together, both are taken or none.
  if (probe.via === 'management' && probe.again === undefined)
    for (const { argv, first } of taken) work.shared?.set(sharedKey(argv, 1), Promise.resolve(first));
  return { commands: taken, failure: null };
}

async function recorded(
  { evidence, signal }: { readonly evidence: EvidenceStore; readonly signal: AbortSignal },
  raw: EvidenceRef,
): Promise<Collected> {
  return { answer: outputOf(await evidence.get(raw, { signal }), 0), raw };
}

function refOf({ bucket, prefix }: Place, sha256: string, size: number): EvidenceRef {
  const key = `${prefix}${nameOf(sha256)}`;
  return { id: `ev_${sha256.slice(0, 24)}`, kind: 'probe-output', bucket, key, sha256, bytes: size };
}

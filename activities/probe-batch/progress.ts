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
  readonly bucket: string | null;
  readonly done: readonly Done[];
}

type Done = readonly [wish: number, elapsedMs: number, commands: readonly DoneCommand[]];
type DoneCommand =
  | readonly [given: ProbeArguments, key: string, bytes: number]
  | readonly [given: ProbeArguments, key: string, bytes: number, key2: string, bytes2: number, betweenMs: number];

/** A heartbeat beyond half a megabyte makes the server complain; what does not fit is read again. */
const detailsCharsMax = 400_000;

export interface ProgressKeeper {
  add(wish: number, collection: Collection | null, elapsedMs: number): void;
  details(): Progress;
}

/** `before` is what an earlier attempt had read: it stays in the heartbeats until it is read again. */
export function keepProgress(batch: string, before: ReadonlyMap<number, ResumedReading> = new Map()): ProgressKeeper {
  const done = new Map<number, Done>();
  let read = 0;
  let chars = 0;
  let bucket: string | null = null;
  const keep = (one: Done) => {
    const [wish] = one;
    const more = lengthOf(one) - lengthOf(done.get(wish));
    if (chars + more > detailsCharsMax) return;
    chars += more;
    done.set(wish, one);
  };
  for (const [wish, { elapsedMs, commands, bucket: place }] of before) {
    bucket = place;
    keep([wish, elapsedMs, commands]);
  }
  return {
    add(wish, collection, elapsedMs) {
      read += 1;
      if (collection === null) return;
      const { commands, failure } = collection;
      const isWhole = ({ first, second }: CollectedCommand) => (first.answer.cut ?? second?.answer.cut) === undefined;
      if (failure !== null || commands.length === 0 || !commands.every(isWhole)) return;
      bucket ??= commands[0]?.first.raw.bucket ?? null;
      keep([wish, elapsedMs, commands.map(doneCommand)]);
    },
    details: () => ({ batch, read, bucket, done: [...done.values()] }),
  };
}

function lengthOf(one: Done | undefined): number {
  return one === undefined ? 0 : JSON.stringify(one).length + 1;
}

function doneCommand({ given, first, second }: CollectedCommand): DoneCommand {
  const { key, bytes } = first.raw;
  return second === undefined
    ? [given, key, bytes]
    : [given, key, bytes, second.raw.key, second.raw.bytes, second.betweenMs];
}

const given = z.record(z.string(), z.union([z.string(), z.number()]));
// Content-hash keys end with the hash.
const key = z.string().regex(/(^|\/)[0-9a-f]{64}$/);
const bytes = z.int().min(0);
const progressSchema = z.object({
  batch: z.string(),
  bucket: z.string().nullable(),
  done: z.array(
    z.tuple([
      z.int().min(0),
      z.number(),
      z.array(z.union([z.tuple([given, key, bytes]), z.tuple([given, key, bytes, key, bytes, z.number()])])),
    ]),
  ),
});

/** What the attempt before this one had read; nothing where its heartbeat is of another batch or another form. */
export function progressOf(details: unknown, batch: string): ReadonlyMap<number, ResumedReading> {
  const read = progressSchema.safeParse(details);
  if (!read.success || read.data.batch !== batch || read.data.bucket === null) return new Map();
  const { bucket, done } = read.data;
  return new Map(done.map(([wish, elapsedMs, commands]) => [wish, { bucket, elapsedMs, commands }]));
}

export interface ResumedReading {
  readonly bucket: string;
  readonly elapsedMs: number;
  readonly commands: readonly DoneCommand[];
}

/**
 * Takes the answers of an earlier attempt from the evidence. `null` where that can't be done, since an account that may
 * only put is enough for this activity: then the node is asked again.
 */
export async function resume(
  work: Pick<Collecting, 'evidence' | 'shared' | 'signal'>,
  probe: Probe,
  node: InventoryNode,
  { bucket, commands }: ResumedReading,
): Promise<Collection | null> {
  const taken: CollectedCommand[] = [];
  try {
    for (const [with_, key1, bytes1, key2, bytes2, betweenMs] of commands) {
      const args = probe.args.safeParse({ node: node.name, ...with_ });
      if (!args.success) return null;
      const argv = probe.argv(args.data);
      const first = await recorded(work, refOf(bucket, key1, bytes1));
      const second =
        key2 === undefined || bytes2 === undefined || betweenMs === undefined
          ? {}
          : { second: { ...(await recorded(work, refOf(bucket, key2, bytes2))), betweenMs } };
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

function refOf(bucket: string, key1: string, size: number): EvidenceRef {
  const sha256 = key1.slice(-64);
  return { id: `ev_${sha256.slice(0, 24)}`, kind: 'probe-output', bucket, key: key1, sha256, bytes: size };
}

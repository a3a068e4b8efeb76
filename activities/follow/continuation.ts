import path from 'node:path';
import { contentOf, headBytes } from '../adapters/unpack.ts';
import type { FollowedLog, Reach } from './followed-log.ts';
import { hashOf, stemOf, type Position } from './position.ts';
import { continuedInUnpacked } from './unpacking.ts';

const candidatesMax = 8;

/**
 * Whether a log that has just appeared is one that was read already under another name: a rotated file, its copy, its
 * compressed form, or the same file on a volume that was mounted anew. Names only say which to compare.
 */
export async function continuationOf(
  log: FollowedLog,
  logs: readonly FollowedLog[],
  present: ReadonlySet<string>,
  reach: Reach,
): Promise<{ readonly of: FollowedLog; readonly position: Position } | null | 'not-yet'> {
  const stem = stemOf(log.seen.name);
  const related = logs
    .filter((one) => stemOf(one.seen.name) === stem)
    .flatMap((of) => positionsOf(of, log, present).map((position) => ({ of, position })))
    .filter(({ position }) => position.tailBytes > 0)
    .toSorted((a, b) => b.of.readAtMs - a.of.readAtMs)
    .slice(0, candidatesMax);
  if (related.length === 0) return null;
  // A copy that is still being made is shorter than what was read of the original.
  const isAtRest = !log.place.isLocal || log.isQuiet(reach.nowMs());
  if (!isAtRest && related.some(({ of }) => isCopyName(log, of))) return 'not-yet';
  const head = await log.place.read(log.seen, 0, reach.buffer.subarray(0, headBytes), reach.signal);
  if (head === null) return null;
  const content = contentOf(head);
  const positions = related.map(({ position }) => position);
  const best =
    content === 'gzip' || content === 'zstd'
      ? await continuedInUnpacked(log.place, log.seen, content, positions, reach.signal).catch(() => {
          // Still being written, or damaged: it is read from its beginning when it is whole.
          reach.signal.throwIfAborted();
          return null;
        })
      : await continuedInPlain(log, positions, reach);
  return related.find(({ position }) => position === best) ?? null;
}

/** Where another log was read to, if this one can be the same: it has gone, was cut off, or gave its name to the copy. */
function positionsOf(of: FollowedLog, log: FollowedLog, present: ReadonlySet<string>): readonly Position[] {
  if (of === log) return of.past;
  return [...of.past, ...(!present.has(of.seen.identity) || isCopyName(log, of) ? [of.position] : [])];
}

/** `train.log.1` beside `train.log`. */
function isCopyName(log: FollowedLog, of: FollowedLog): boolean {
  const own = path.basename(log.seen.name);
  const base = path.basename(of.seen.name);
  return own !== base && own.startsWith(base);
}

async function continuedInPlain(
  log: FollowedLog,
  candidates: readonly Position[],
  { buffer, signal }: Reach,
): Promise<Position | null> {
  for (const one of candidates.toSorted((a, b) => b.offset - a.offset)) {
    if (one.offset > log.seen.bytes) continue;
    const tail = buffer.subarray(0, one.tailBytes);
    const read = await log.place.read(log.seen, one.offset - one.tailBytes, tail, signal);
    if (read !== null && read.length === one.tailBytes && hashOf(read) === one.tail) return one;
  }
  return null;
}

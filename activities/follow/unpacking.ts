import { unpacked, type LogContent } from '../adapters/unpack.ts';
import { PortError } from '../ports.ts';
import { countLineFeeds, wholeLinesEnd } from './lines.ts';
import type { LogPlace, SeenLog } from './place.ts';
import { hashOf, positionBehind, tailBytesMax, type Position } from './position.ts';

/** A compressed log while it is read, piece by piece. */
export interface Unpacking {
  readonly version: string;
  /** Whole lines, decompressed, and where the reading stands behind them; `null` at the end. */
  next(): Promise<{ readonly lines: Uint8Array; readonly position: Position } | null>;
  close(): Promise<void>;
}

/** Goes on behind `from`: what comes before is unpacked and skipped, since nothing else leads there. */
export function openUnpacking(
  place: LogPlace,
  log: SeenLog,
  content: LogContent | 'unknown',
  from: Position,
  signal: AbortSignal,
): Unpacking {
  const chunks = unpackedChunks(place, log, content, signal);
  let passed = 0;
  let position = from;
  let rest: Uint8Array = new Uint8Array(0);
  /** The last bytes before the position. */
  let tail: Uint8Array = new Uint8Array(0);
  return {
    version: log.version,
    async next() {
      for (;;) {
        const chunk = await chunks.next();
        let news: Uint8Array = new Uint8Array(0);
        if (chunk.done !== true) {
          const skipped = Math.min(chunk.value.length, Math.max(0, from.offset - passed));
          if (skipped > 0) tail = lastOf(joined(tail, chunk.value.subarray(0, skipped)));
          passed += chunk.value.length;
          news = joined(rest, chunk.value.subarray(skipped));
        } else if (rest.length === 0) return null;
        else news = rest;
        const whole = wholeLinesEnd(news);
        const end = chunk.done === true || (whole === 0 && news.length >= longLineBytes) ? news.length : whole;
        const lines = news.slice(0, end);
        rest = news.slice(end);
        if (end === 0) continue;
        tail = lastOf(joined(tail, lines));
        const counted = position.lines === null ? null : position.lines + countLineFeeds(lines);
        position = positionBehind(tail, position.offset + end, counted);
        return { lines, position };
      }
    },
    async close() {
      await chunks.return(undefined);
    },
  };
}

/** Which of the positions this log continues: the furthest that it agrees with in the bytes before it. */
export async function continuedInUnpacked(
  place: LogPlace,
  log: SeenLog,
  content: LogContent,
  candidates: readonly Position[],
  signal: AbortSignal,
): Promise<Position | null> {
  const ahead = candidates.toSorted((a, b) => a.offset - b.offset);
  let best: Position | null = null;
  let passed = 0;
  let tail: Uint8Array = new Uint8Array(0);
  for await (const chunk of unpackedChunks(place, log, content, signal)) {
    const known = joined(tail, chunk);
    const knownFrom = passed - tail.length;
    passed += chunk.length;
    while (ahead[0] !== undefined && ahead[0].offset <= passed) {
      const one = ahead.shift();
      if (one === undefined) break;
      const end = one.offset - knownFrom;
      if (hashOf(known.subarray(Math.max(0, end - one.tailBytes), end)) === one.tail) best = one;
    }
    if (ahead.length === 0) break;
    tail = lastOf(known);
  }
  return best;
}

// What a line may be before it is read in pieces, as plain logs are.
const longLineBytes = 1024 * 1024;
const storedChunkBytes = 1024 * 1024;

async function* unpackedChunks(
  place: LogPlace,
  log: SeenLog,
  content: LogContent | 'unknown',
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* unpacked(storedChunks(place, log, signal), content === 'unknown' ? 'text' : content);
}

async function* storedChunks(place: LogPlace, log: SeenLog, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < log.bytes;) {
    signal.throwIfAborted();
    // Each chunk has memory of its own: decompression holds on to it.
    const chunk = await place.read(log, at, new Uint8Array(Math.min(storedChunkBytes, log.bytes - at)), signal);
    if (chunk === null || chunk.length === 0)
      throw new PortError('not-found', `${log.name}: it was replaced while it was read`);
    yield chunk;
    at += chunk.length;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  return head.length === 0 ? tail : Buffer.concat([head, tail]);
}

function lastOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(Math.max(0, bytes.length - tailBytesMax));
}

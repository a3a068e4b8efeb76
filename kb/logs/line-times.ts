import { headText } from './line-text.ts';
import { syslogSecond } from './stamps.ts';
import { readTime, unplaceable, type TimeContext } from './times.ts';

/** Tells when the lines of one source were written: their own time, else that of a line shortly above. */
export interface LineTimes {
  /** `isLineStart`: the block does not begin in the middle of a line. */
  blockStart(buffer: Uint8Array, isLineStart: boolean): void;
  /** What lies before `upTo` goes away: what it tells is kept for the lines that follow. */
  blockEnd(upTo: number): void;
  /** The time of the line that stands there, given its text; `null` if nothing near tells one. */
  at(from: number, to: number, text: string): number | null;
  /** For a line whose time was read in another way, such as from a field of JSON. */
  own(to: number, ms: number): void;
  /** When the node started, once its log has told; what the source said of it before stands. */
  setBoot(bootMs: number): void;
  /** For other readers of times in the same source. */
  context(): TimeContext;
  /** The earliest and latest that was seen. */
  firstMs(): number | undefined;
  lastMs(): number | undefined;
}

// A traceback or a dump under a dated line belongs to its moment; further away nothing is known.
const inheritLinesMax = 256;

export function lineTimes(context: Omit<TimeContext, 'previousMs'>): LineTimes {
  let earliestMs: number | undefined;
  let latestMs: number | undefined;
  /** The source's own, and what the lines so far tell. */
  const known: { -readonly [Name in keyof TimeContext]: TimeContext[Name] } = { ...context };
  /** The last time that was read, and how many lines lie between it and `readUpTo`. */
  let nearMs: number | null = null;
  let linesSince = 0;
  let buffer: Uint8Array = new Uint8Array(0);
  /** Nothing before this has to be read again. */
  let readUpTo = 0;
  /** Where the block's first line that begins in it does. */
  let linesFrom = 0;
  /** How many of the first whole lines have been looked at for the source's beginning; all: it is known, or not to be. */
  let firstLooked = 0;

  const set = (ms: number): number => {
    nearMs = ms;
    known.previousMs = ms;
    linesSince = 0;
    earliestMs = earliestMs === undefined ? ms : Math.min(earliestMs, ms);
    latestMs = latestMs === undefined ? ms : Math.max(latestMs, ms);
    return ms;
  };

  /** Thousands of lines of a storm begin with the same second. */
  let second = '';
  let secondMs = 0;

  const ownTime = (text: string): ReturnType<typeof readTime> => {
    if (second !== '' && text.startsWith(second)) return secondMs;
    const own = readTime(text, known);
    // With these two nothing but the text itself says what moment it is.
    const isSettled = known.referenceMs !== undefined && known.zone === undefined;
    const told = isSettled && typeof own === 'number' ? syslogSecond(text) : null;
    if (told !== null && typeof own === 'number') [second, secondMs] = [told, own];
    return own;
  };

  /** Looks upwards for a line with a time, not further than has been read already. */
  const near = (before: number): number | null => {
    let end = before - 1;
    let looked = 1;
    for (; looked < inheritLinesMax && end > readUpTo; looked += 1) {
      const start = buffer.lastIndexOf(lineFeed, end - 1) + 1;
      // What was read ended in the middle of this line, or the block begins there: its time is known, or not to be read here.
      const ms = start < readUpTo || start < linesFrom ? null : readTime(headText(buffer, start, end), known);
      if (typeof ms === 'number') {
        set(ms);
        linesSince = looked;
        return ms;
      }
      end = start - 1;
    }
    linesSince += looked;
    return linesSince < inheritLinesMax ? nearMs : null;
  };

  /** A source that begins with undated lines begins all the same when its first dated line says. */
  const findFirst = (): void => {
    let start = linesFrom;
    while (firstLooked < inheritLinesMax) {
      const end = buffer.indexOf(lineFeed, start);
      // Half a line may hold half a time; the rest of it comes with the next block.
      if (end === -1) return;
      const ms = readTime(headText(buffer, start, end), known);
      firstLooked = typeof ms === 'number' ? inheritLinesMax : firstLooked + 1;
      if (typeof ms === 'number') {
        earliestMs = Math.min(earliestMs ?? ms, ms);
        latestMs = Math.max(latestMs ?? ms, ms);
      }
      start = end + 1;
    }
  };

  return {
    blockStart(block, isLineStart) {
      buffer = block;
      readUpTo = 0;
      linesFrom = isLineStart ? 0 : startBehind(block);
      if (firstLooked < inheritLinesMax) findFirst();
    },
    blockEnd(upTo) {
      if (upTo > readUpTo) {
        near(upTo);
        // The line that begins there counts when it comes.
        linesSince -= 1;
      }
      buffer = new Uint8Array(0);
    },
    at(from, to, text) {
      const own = ownTime(text);
      const ms = typeof own === 'number' ? set(own) : own === unplaceable ? null : near(from);
      readUpTo = Math.max(readUpTo, to);
      return ms;
    },
    setBoot(bootMs) {
      known.bootMs ??= bootMs;
    },
    context: () => known,
    own(to, ms) {
      set(ms);
      readUpTo = Math.max(readUpTo, to);
    },
    firstMs: () => earliestMs,
    lastMs: () => latestMs,
  };
}

const lineFeed = 10;

function startBehind(block: Uint8Array): number {
  const feed = block.indexOf(lineFeed);
  return feed === -1 ? block.length : feed + 1;
}

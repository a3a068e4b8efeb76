import type { LogLine } from '../schemas/detector.ts';
import { lineSplitter, type RawLine } from './split.ts';
import { originOfPath, readOrigin, type Origin } from './origin.ts';
import { readTime, unplaceable, type TimeContext } from './times.ts';

/** Where the lines come from; whatever is known here need not stand in the lines. */
export interface LogSource extends TimeContext, Origin {
  /** Shown to people: a path or an S3 key. */
  readonly source: string;
  readonly evidenceId: string;
}

export interface LineReader {
  feed(chunk: Uint8Array, emit: (line: LogLine) => void): void;
  end(emit: (line: LogLine) => void): void;
}

/** Turns the bytes of one source into log lines, chunk by chunk, in constant memory. */
export function lineReader(source: LogSource): LineReader {
  return selectiveReader(source, () => true);
}

/** Like `lineReader`, but only for lines that `wanted` picks by their text: the others cost next to nothing. */
export function selectiveReader(source: LogSource, wanted: (text: string) => boolean): LineReader {
  const splitter = lineSplitter();
  const dress = dresser(source);
  const take = (emit: (line: LogLine) => void) => (raw: RawLine) => {
    dress.pass(raw);
    if (wanted(raw.text)) emit(dress.dress(raw));
  };
  return {
    feed: (chunk, emit) => splitter.feed(chunk, take(emit)),
    end: (emit) => splitter.end(take(emit)),
  };
}

/** All lines of bytes that are in memory already. */
export function readLines(bytes: Uint8Array, source: LogSource): readonly LogLine[] {
  const lines: LogLine[] = [];
  const reader = lineReader(source);
  reader.feed(bytes, (line) => lines.push(line));
  reader.end((line) => lines.push(line));
  return lines;
}

// A traceback or a dump under a dated line belongs to its moment; further away nothing is known.
const inheritLinesMax = 256;

interface Dresser {
  /** Every line goes by here, in order, so that a later one can inherit its time. */
  pass(raw: RawLine): void;
  /** Adds time, node and rank to the line that passed last. */
  dress(raw: RawLine): LogLine;
}

/** Time, node and rank: the line's own if it has them, else those of the source; time also from the lines above. */
function dresser(source: LogSource): Dresser {
  const path = originOfPath(source.source);
  const node = source.node ?? path.node;
  const rank = source.rank ?? path.rank;
  const recent = Array.from({ length: inheritLinesMax }, () => '');
  let passed = 0;
  let readUpTo = 0;
  let lastMs: number | null = null;
  let lastAt = 0;

  /** Times are read only when somebody asks, each line at most once. */
  const timeOf = (raw: RawLine): number | null => {
    const own = readTime(raw.text, source);
    if (own === unplaceable) return null;
    if (own !== null) {
      lastMs = own;
      lastAt = passed;
      readUpTo = passed;
      return own;
    }
    for (let at = passed - 1; at > readUpTo && at > passed - inheritLinesMax; at -= 1) {
      const time = readTime(recent[at % inheritLinesMax] ?? '', source);
      if (typeof time !== 'number') continue;
      lastMs = time;
      lastAt = at;
      break;
    }
    readUpTo = passed;
    return passed - lastAt < inheritLinesMax ? lastMs : null;
  };

  return {
    pass(raw) {
      passed += 1;
      recent[passed % inheritLinesMax] = raw.text;
    },
    dress(raw) {
      const atMs = timeOf(raw);
      const own = readOrigin(raw.text);
      const lineNode = own.node ?? node;
      const lineRank = own.rank ?? rank;
      return {
        source: source.source,
        evidenceId: source.evidenceId,
        line: raw.line,
        byteStart: raw.byteStart,
        byteEnd: raw.byteEnd,
        text: raw.text,
        ...(atMs === null ? {} : { atMs }),
        ...(lineNode === undefined ? {} : { node: lineNode }),
        ...(lineRank === undefined ? {} : { rank: lineRank }),
      };
    },
  };
}

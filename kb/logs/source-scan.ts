import type { Finding } from '../../workflows/domain/finding.ts';
import type { LogLine, Match, UnitRef } from '../schemas/detector.ts';
import type { SequenceDetector, SourceFacts, SourceFollower } from '../schemas/sequence-detector.ts';
import { blockReader, pieceOverlapBytes, type LineView } from './blocks.ts';
import type { Opened } from './envelope.ts';
import { excerpt } from './excerpt.ts';
import { findingFold, sourceFindingsMax } from './fold.ts';
import { lineText } from './line-text.ts';
import { anchorLiterals, lineDresser } from './line-dresser.ts';
import type { Matchers } from './matchers.ts';
import type { Origin } from './origin.ts';
import type { TimeContext } from './times.ts';
import { unitStarts, unitTracker } from './units.ts';

/** Where the lines come from; whatever is known here need not stand in the lines. */
export interface LogSource extends TimeContext, Origin {
  /** Shown to people: a path or an S3 key. */
  readonly source: string;
  readonly evidenceId: string;
  /** Lines that begin with `# obs:` are what a person saw and wrote down there, not what a program logged. */
  readonly honoursNotes?: true;
}

/** How a line of a log begins that a person has added. */
export const notePrefix = '# obs:';
/** What `openSourceScan` needs in the matchers' automaton beside the detectors' own literals. */
export const scanLiterals: readonly string[] = [notePrefix, ...anchorLiterals, ...unitStarts];
// More than anybody writes; the rest are lines like any others.
const notesMax = 200;

/** All that the detectors read from one source. Plain JSON: it goes between threads, and into stored checkpoints. */
export interface SourceReport {
  readonly facts: SourceFacts;
  readonly findings: readonly Finding[];
  /** What each sequence detector keeps, by its id. */
  readonly followed: Readonly<Record<string, unknown>>;
  /** What people have written into it, where that is honoured. */
  readonly notes: readonly SourceNote[];
}

export interface SourceNote {
  readonly source: string;
  readonly evidenceId: string;
  readonly line: number;
  readonly byteStart: number;
  readonly byteEnd: number;
  /** Without the prefix. */
  readonly text: string;
  readonly node?: string;
}

export interface SourceScan {
  feed(chunk: Uint8Array): void;
  end(): SourceReport;
}

/** Is told of every line in its order: what a reducer needs. */
export interface LineObserver {
  /** No detector knows a literal of it, or none matched. `text` is there if the line had to be decoded anyway. */
  routine(view: LineView, text: string | null, unit: UnitRef | null): void;
  /** `seen`: how often the rarest of its matches has been seen at its place, this time included. */
  matched(view: LineView, text: string, line: LogLine, matches: readonly Match[], seen: number): void;
  blockEnd(): void;
  end(): void;
}

/** Reads one source, chunk by chunk, in constant memory. */
export function openSourceScan(
  source: LogSource,
  matchers: Matchers,
  sequences: readonly SequenceDetector[],
  observer: LineObserver | null = null,
): SourceScan {
  const fold = findingFold(sourceFindingsMax);
  const dresser = lineDresser(source);
  const { node, rank, times } = dresser;
  const units = unitTracker();
  const isUnitStart = bitsOf(matchers, unitStarts);
  const isAnchor = bitsOf(matchers, anchorLiterals);
  const isNote = bitsOf(matchers, [notePrefix]);
  const mayBeNote = (view: LineView): boolean => source.honoursNotes === true && hasHit(view, isNote);
  const followers = sequences.map((sequence) => ({ sequence, follower: sequence.follow() }));
  const listening = listenersByKind(followers);
  const notes: SourceNote[] = [];
  let last: SourceFacts['last'];
  /** What was read from the piece of a long line before this one. */
  let before: Taken = noneTaken;

  const take = (view: LineView): void => {
    dresser.pass(view);
    const earlier = view.continued ? before : noneTaken;
    before = noneTaken;
    const inUnit = units.isOpen() || hasHit(view, isUnitStart) || endsLikeBlock(view);
    const isAnchoring = hasHit(view, isAnchor) && dresser.wantsAnchor();
    const isAsked = view.odd || matchers.isAsked(view.hits, view.hitCount);
    if (!isAsked && !inUnit && !isAnchoring && !mayBeNote(view)) return observer?.routine(view, null, null);
    const text = lineText(view);
    if (text === '') return;
    if (source.honoursNotes === true && !view.continued && text.startsWith(notePrefix) && notes.length < notesMax) {
      notes.push(noteOf(view, text));
      return observer?.routine(view, text, null);
    }
    if (isAnchoring) dresser.anchor(text);
    const opened = view.continued ? { text } : dresser.open(text);
    const unit = view.continued
      ? earlier.unit
      : inUnit
        ? units.next({ ...placeOf(view), text: opened.text, ...rankOf(opened) })
        : null;
    const matches = view.odd ? matchers.matchText(opened) : matchers.match(opened, view.hits, view.hitCount);
    before = { unit, matches };
    if (matches.length === 0) return observer?.routine(view, text, unit);
    const line = dresser.dress(view, opened, unit);
    const twice = earlier.matches.length === 0 ? null : kindsInOverlap(view, matchers);
    let seen = Infinity;
    for (const match of matches) {
      if (twice?.has(match.kind) === true && earlier.matches.some(({ kind }) => kind === match.kind)) continue;
      seen = Math.min(seen, fold.add(line, match, matchers.roleOf(match.kind)));
      for (const follower of listening.get(match.kind) ?? []) follower.note(line, match);
    }
    observer?.matched(view, text, line, matches, seen);
  };

  const noteOf = (view: LineView, text: string): SourceNote => ({
    source: source.source,
    evidenceId: source.evidenceId,
    ...placeOf(view),
    text: text.slice(notePrefix.length).trim(),
    ...(node === undefined ? {} : { node }),
  });

  let lastView: LineView | null = null;
  const reader = blockReader(matchers.automaton, {
    blockStart: (buffer, isLineStart) => times.blockStart(buffer, isLineStart),
    line(view) {
      lastView = view;
      take(view);
    },
    blockEnd(upTo) {
      // The last line of a block is read, so that the source's very last one is known at its end.
      if (lastView !== null) last = lastLine(lastView);
      lastView = null;
      times.blockEnd(upTo);
      observer?.blockEnd();
    },
  });

  return {
    feed: (chunk) => reader.feed(chunk),
    end() {
      reader.end();
      observer?.end();
      const firstMs = times.firstMs();
      const lastMs = times.lastMs();
      return {
        facts: {
          source: source.source,
          evidenceId: source.evidenceId,
          ...(node === undefined ? {} : { node }),
          ...(rank === undefined ? {} : { rank }),
          lines: reader.lines(),
          bytes: reader.bytes(),
          ...(firstMs === undefined ? {} : { firstMs }),
          ...(lastMs === undefined ? {} : { lastMs }),
          ...(last === undefined ? {} : { last }),
        },
        findings: fold.findings(),
        followed: summaries(followers),
        notes,
      };
    },
  };
}

interface Taken {
  readonly unit: UnitRef | null;
  readonly matches: readonly Match[];
}

const noneTaken: Taken = { unit: null, matches: [] };

/** What stands in the overlap of two pieces of one line has been read from the first already. */
function kindsInOverlap(view: LineView, matchers: Matchers): ReadonlySet<string> {
  const text = lineText({ ...view, to: Math.min(view.to, view.from + pieceOverlapBytes) });
  return new Set(matchers.matchText({ text }).map(({ kind }) => kind));
}

/** By literal: whether it is one of these. */
function bitsOf(matchers: Matchers, literals: readonly string[]): Uint8Array {
  const bits = new Uint8Array(matchers.literals);
  for (const literal of literals) bits[matchers.extra.get(literal) ?? -1] = 1;
  return bits;
}

function hasHit({ hits, hitCount }: LineView, bits: Uint8Array): boolean {
  for (let at = 0; at < hitCount; at += 1) if (bits[hits[at] ?? -1] === 1) return true;
  return false;
}

/** Before the line is decoded: only what ends like this can open a block. */
function endsLikeBlock({ buffer, to }: LineView): boolean {
  const last = buffer[to - 1];
  return last === openBrace || last === openBracket;
}

const openBrace = 123;
const openBracket = 91;

function placeOf({ line, byteStart, byteEnd }: LineView) {
  return { line, byteStart, byteEnd };
}

function rankOf({ rank }: Opened): { readonly rank?: number } {
  return rank === undefined ? {} : { rank };
}

interface Followed {
  readonly sequence: SequenceDetector;
  readonly follower: SourceFollower<unknown>;
}

function listenersByKind(followers: readonly Followed[]): ReadonlyMap<string, readonly SourceFollower<unknown>[]> {
  const byKind = new Map<string, SourceFollower<unknown>[]>();
  for (const { sequence, follower } of followers)
    for (const kind of sequence.listens) byKind.set(kind, [...(byKind.get(kind) ?? []), follower]);
  return byKind;
}

function summaries(followers: readonly Followed[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    followers.flatMap(({ sequence, follower }) => {
      const summary = follower.summary();
      return summary === null ? [] : [[sequence.id, summary] as const];
    }),
  );
}

function lastLine(view: LineView): NonNullable<SourceFacts['last']> {
  return {
    line: view.line,
    byteStart: view.byteStart,
    byteEnd: view.byteEnd,
    text: excerpt(lineText(view)),
  };
}

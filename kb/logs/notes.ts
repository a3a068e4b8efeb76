import type { Finding } from '../../workflows/domain/finding.ts';
import { detectors } from '../detectors/index.ts';
import { noteDetectors } from '../detectors/notes/index.ts';
import { notedPlace, type NotedPlace } from '../detectors/notes/places.ts';
import { withoutDenials } from '../detectors/notes/standing.ts';
import type { LogLine, Match } from '../schemas/detector.ts';
import { findingFold } from './fold.ts';
import { compileMatchers, type Matchers } from './matchers.ts';

/**
 * What somebody saw beside the logs, in their words. A note has no time, and the order of telling is not the order of
 * events: each note should carry an evidence id of its own.
 */
export interface Note {
  /** Where the note itself stands: a file path, or a name such as `note 2`. */
  readonly source: string;
  readonly evidenceId: string;
  /** From 1; the note's own number where it stands in no file. */
  readonly line?: number;
  readonly byteStart?: number;
  readonly byteEnd?: number;
  readonly text: string;
  /** The node that the note is about, where its place says so. */
  readonly node?: string;
}

/** Notes beyond this many are left out: a person reads and writes dozens, not thousands. */
export const notesMax = 200;
/** UTF-16 units of one note that are read. */
export const noteCharsMax = 2_000;
/** Sentences of one note that are read. */
const sentencesMax = 40;

/** What notes tell: their own kinds of observation (`seen.…`), and what they quote of logs and tools. */
export function noteFindings(notes: readonly Note[]): readonly Finding[] {
  const fold = findingFold();
  notes.slice(0, notesMax).forEach((note, index) => {
    const text = note.text.slice(0, noteCharsMax).replaceAll(unprintable, ' ').trim();
    if (text === '') return;
    const line = lineOf(note, index + 1, text);
    const told = new Set<string>();
    for (const { match, role } of readNote(text)) {
      const key = JSON.stringify([match.kind, match.node, match.device, match.rank]);
      if (told.has(key)) continue;
      told.add(key);
      fold.add(line, match, role);
    }
  });
  return fold.findings();
}

interface Told {
  readonly match: Match;
  readonly role: Finding['role'];
}

function readNote(text: string): readonly Told[] {
  const whole = notedPlace(text);
  if (toolOutput.test(text)) return text.split('\n').flatMap((line) => quoted(line, whole));
  return sentencesOf(text).flatMap((sentence) => {
    const here = { ...whole, ...notedPlace(sentence) };
    return [...observed(sentence, here), ...quoted(withoutDenials(sentence), here)];
  });
}

/** A line of a log, as its writer left it: nothing in it is somebody's remark. */
const toolOutput =
  /^[`'"\s]{0,3}(?:\[?20\d\d-\d\d-\d\d|\[\s{0,8}\d{1,9}\.\d{3,9}\]|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:|\[?[\w.-]{1,40}:\d{1,8}(?::\d{1,8} \[|[\]:])|NVRM:|[\w.]{0,60}(?:Error|Exception|Warning): |[\w./-]{1,40}(?:\[\d{1,8}\])?: (?:error|fatal|warning|info): |(?:ERROR|FATAL|WARNING|INFO|WARN)[: ]|NCCL (?:WARN|INFO) |Traceback \(|  File "|slurmstepd: |srun: |mce: |\[rank\d)/;

function observed(sentence: string, place: NotedPlace): readonly Told[] {
  return noteDetectors
    .flatMap((detector) => detector.read(sentence))
    .map(({ kind, groups }) => {
      const rank = groups['rank'];
      return {
        match: { kind: kind.id, ...place, ...(rank === undefined ? {} : { rank: Number(rank) }) },
        role: kind.role,
      };
    });
}

/** Lines of logs and output of tools inside a note; what they show as healthy says nothing of the job as a whole. */
function quoted(text: string, place: NotedPlace): readonly Told[] {
  const matchers = logMatchers();
  return matchers.matchText({ text }).flatMap((match) => {
    const role = matchers.roleOf(match.kind);
    return role === 'clean' ? [] : [{ match: { ...place, ...match }, role }];
  });
}

/** Made once, when the first note is read: a diagnosis without notes pays nothing. */
let compiled: Matchers | null = null;

function logMatchers(): Matchers {
  compiled ??= compileMatchers(detectors);
  return compiled;
}

/** A full stop, a semicolon or a line break ends a sentence; "1.5 GB", "mlx5_core 0000:c1:00.0" and file names go on. */
function sentencesOf(text: string): readonly string[] {
  return text
    .split(/(?<=[^\s.\d][.!?]|\d{2}[.!?]|[\s)\]"'%]\d[.!?])\s+(?=[A-Z"'(])|\s*[\n;]\s*/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
    .slice(0, sentencesMax);
}

// Line breaks separate sentences; other control characters, and marks that turn the direction of text, are blanks.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;

const encoder = new TextEncoder();

function lineOf(note: Note, number: number, text: string): LogLine {
  return {
    source: note.source,
    evidenceId: note.evidenceId,
    line: note.line ?? number,
    byteStart: note.byteStart ?? 0,
    byteEnd: note.byteEnd ?? encoder.encode(note.text).length,
    text,
    ...(note.node === undefined ? {} : { node: note.node }),
  };
}

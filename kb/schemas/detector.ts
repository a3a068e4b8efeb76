import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from './finding-kind.ts';

/** One line of one source, already split, decoded and stripped of ANSI codes. */
export interface LogLine {
  readonly source: string;
  readonly evidenceId: string;
  /** From 1. */
  readonly line: number;
  /** Byte offsets in the source as stored; the end excludes the line break. */
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly text: string;
  /** Cluster time if the line carries one that can be trusted. */
  readonly atMs?: number;
  readonly node?: string;
  readonly rank?: number;
  /** As the tool that wrote the line marked it, not guessed from words in the text. */
  readonly level?: LogLevel | undefined;
  readonly stream?: 'stdout' | 'stderr';
  /** The multi-line whole (a traceback, a dump) that the line is part of. */
  readonly unit?: UnitRef;
}

export type LogLevel = 'fatal' | 'error' | 'warning' | 'info' | 'debug' | 'trace';

export type UnitKind =
  | 'python-traceback'
  | 'native-backtrace'
  | 'nccl-dump'
  | 'kernel-trace'
  | 'elastic-summary'
  | 'java-stack'
  | 'go-dump'
  | 'json';

/** Names a multi-line unit by the place of its first line; all lines of one unit carry the same. */
export interface UnitRef {
  readonly kind: UnitKind;
  readonly line: number;
  readonly byteStart: number;
}

/** What a detector reports of one line; the scanner adds place, time and counts. */
export interface Match {
  readonly kind: string;
  readonly node?: string;
  readonly device?: Device;
  readonly rank?: number;
  readonly values?: Readonly<Record<string, number | string>>;
}

/** Reads log lines one by one. Pure: no state between lines, no clock, no I/O. One file, one list line, one fixture. */
export interface LogDetector {
  readonly id: string;
  readonly kinds: readonly FindingKind[];
  /** Literals of which at least one stands in every matching line (compared without regard to case): the prefilter. */
  readonly literals: readonly string[];
  /** The text is all that a line is judged by: where and when it was written is added afterwards. */
  match(line: Pick<LogLine, 'text'>): Match | null;
  /** The same in pieces with literals of their own, tried in order: only those run whose literals were seen. */
  readonly parts?: readonly DetectorPart[];
  /** It has its say only of lines that none of those before it in the list has read. */
  readonly ifUnread?: boolean;
  /** Lines of each kind as they are written: what is learned from logs is held against them. */
  readonly samples: readonly DetectorSample[];
}

export interface DetectorSample {
  readonly kind: string;
  readonly lines: readonly string[];
}

export interface DetectorPart {
  readonly literals: readonly string[];
  match(line: Pick<LogLine, 'text'>): Match | null;
}

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
  match(line: LogLine): Match | null;
}

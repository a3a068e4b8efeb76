import type { Finding } from '../../workflows/domain/finding.ts';
import type { LogLine, Match } from './detector.ts';
import type { FindingKind } from './finding-kind.ts';

/**
 * Reads what no single line says: ranks that differ, steps that slow down, sources that fall silent. It follows each
 * source for itself (sources are read in parallel, and a scan that was interrupted goes on with the next one), and
 * concludes from the summaries of all. Pure: no clock, no I/O. One file, one list line, one fixture.
 */
export interface SequenceDetector<Summary = unknown> {
  readonly id: string;
  readonly kinds: readonly FindingKind[];
  /** Kinds of line findings that it wants to hear of; empty for one that goes by the sources' times alone. */
  readonly listens: readonly string[];
  /** It also wants to hear of the windows in which the job began before, far before those that are read whole. */
  readonly readsEarlier?: true;
  /** For one source; holds a bounded amount, however long the source. */
  follow(): SourceFollower<Summary>;
  /** Over the sources in the order in which they were given. */
  conclude(sources: readonly FollowedSource<Summary>[], context: ScanContext): readonly Finding[];
}

export interface SourceFollower<Summary> {
  note(line: LogLine, match: Match): void;
  /** Plain JSON: it may be stored between two attempts. `null` if there is nothing to tell. */
  summary(): Summary | null;
}

export interface FollowedSource<Summary> {
  readonly source: SourceFacts;
  readonly summary: Summary;
}

/** What reading a source to its end tells beside its findings. */
export interface SourceFacts {
  readonly source: string;
  readonly evidenceId: string;
  readonly node?: string;
  readonly rank?: number;
  readonly lines: number;
  readonly bytes: number;
  /** Cluster time of the first and last lines that carry one. */
  readonly firstMs?: number;
  readonly lastMs?: number;
  /** The last line that is not empty. */
  readonly last?: Pick<LogLine, 'line' | 'byteStart' | 'byteEnd' | 'text'>;
}

export interface ScanContext {
  /** Cluster time up to which every source has been shipped; `null` where nobody knows: then silence proves nothing. */
  readonly shippedUntilMs: number | null;
  /** All sources that were read, those without a summary included. */
  readonly sources: readonly SourceFacts[];
  /**
   * By how many milliseconds the clock of a node is ahead of the others' (behind: negative), where that could be
   * estimated. Comparisons between nodes take it off; the scanner takes it off what they report.
   */
  readonly clockAheadMs?: Readonly<Record<string, number>>;
}

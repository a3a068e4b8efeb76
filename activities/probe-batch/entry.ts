import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { ProbeCut } from '../ports.ts';

/** What the results evidence holds: one entry a probe and node. */
export type ProbeEntry =
  | {
      readonly probeId: string;
      readonly node: string;
      readonly read: true;
      readonly commands: readonly ProbeCommand[];
      readonly findings: readonly Finding[];
      readonly elapsedMs: number;
    }
  | {
      readonly probeId: string;
      readonly node: string;
      readonly read: false;
      readonly reason: string;
      /** The answer is only a beginning; what it shows counts, what it does not show says nothing. */
      readonly cut?: ProbeCut;
      /** The time of the whole batch was up before it was read. */
      readonly overdue?: true;
      /** Nobody could log in to the node; this is what the attempt said, and what the finding of it cites. */
      readonly unreachable?: EvidenceRef;
      /** Output that is not in the tool's format. */
      readonly raw: EvidenceRef | null;
      /** Of a probe that reads device by device: those that were read. What they say counts, but never as clean. */
      readonly commands: readonly ProbeCommand[];
      readonly findings: readonly Finding[];
    };

/** One command and what it answered; a probe that reads device by device has one for each. */
export interface ProbeCommand {
  readonly argv: readonly string[];
  readonly exitCode: number | null;
  readonly raw: EvidenceRef;
  readonly cut?: ProbeCut;
  /** The second read, of a probe that needs one; `reading` is that of both, and findings cite this one's lines. */
  readonly again?: SecondAnswer;
  readonly reading: unknown;
}

export interface SecondAnswer {
  readonly exitCode: number | null;
  readonly raw: EvidenceRef;
  readonly cut?: ProbeCut;
  /** Cluster milliseconds from the first read to this one. */
  readonly betweenMs: number;
}

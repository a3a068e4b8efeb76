import type { RepairOutcome } from './closing.ts';
import type { EvidenceRef } from './evidence.ts';
import type { FencingToken } from './lease.ts';
import type { StepOutcome, UndoRecord } from './phase-data.ts';
import type { Severity } from './severity.ts';

/** Result of workflow `repair`: what was done, on which grounds it was judged, and what is left. */
export interface RepairReport {
  readonly outcome: RepairOutcome;
  readonly fencing: FencingToken | null;
  readonly undoRecord: UndoRecord | null;
  readonly steps: readonly {
    readonly direction: 'forward' | 'undo';
    readonly index: number;
    readonly stepId: string;
    readonly node: string;
    readonly outcome: StepOutcome;
    readonly atMs: number;
  }[];
  readonly before: Severity | null;
  readonly after: Severity | null;
  readonly afterUndo: Severity | null;
  readonly evidence: readonly EvidenceRef[];
}

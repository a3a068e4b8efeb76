import type { Approval } from './approval.ts';
import type { RepairOutcome } from './closing.ts';
import type { EvidenceRef } from './evidence.ts';
import type { FencingToken } from './lease.ts';
import type { StepOutcome, UndoRecord } from './phase-data.ts';
import type { Proposal, Step, TriedRepair } from './proposal.ts';
import type { Severity } from './severity.ts';

/** Result of workflow `repair`: what was done, on which grounds it was judged, and what is left. */
export interface RepairReport {
  readonly outcome: RepairOutcome;
  /** What it was to do; not known to reports written before there was this. */
  readonly planned?: Pick<Proposal, 'steps' | 'undo'>;
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

/**
 * Whether the repair did what this proposal says. Runs of one incident share the numbers of their proposals: after a
 * reset the first one of the new run may be another plan than the first one of the old run.
 */
export function isReportOf({ planned }: RepairReport, { steps, undo }: Pick<Proposal, 'steps' | 'undo'>): boolean {
  return planned === undefined || (isSame(planned.steps, steps) && isSame(planned.undo, undo));
}

/** What the repair has shown not to help; `null` where it helped, or was not carried out to its end. */
export function triedBy({ outcome }: RepairReport, proposal: Planned): TriedRepair | null {
  const inVain =
    (outcome.kind === 'compared' && outcome.comparison !== 'better') ||
    (outcome.kind === 'undone' && outcome.why === 'worse');
  if (!inVain) return null;
  return repairOf(proposal);
}

/** What has mended one fault, where another one remains. */
export function helpedBy(proposal: Planned): TriedRepair {
  return { ...repairOf(proposal), helped: { category: proposal.cause.category } };
}

/** What people do not want for this cause. */
export function rejectedBy({ approver, note }: Pick<Approval, 'approver' | 'note'>, proposal: Planned): TriedRepair {
  return { ...repairOf(proposal), rejected: { category: proposal.cause.category, by: approver, reason: note } };
}

type Planned = Pick<Proposal, 'remediationId' | 'cause' | 'steps'>;

function repairOf({ remediationId, cause, steps }: Planned): TriedRepair {
  return { remediationId, node: cause.node, steps: steps.map(({ stepId, args }) => ({ stepId, args })) };
}

function isSame(some: readonly Step[], others: readonly Step[]): boolean {
  const text = (steps: readonly Step[]) =>
    JSON.stringify(steps.map(({ index, stepId, node, args, undoes = null }) => [index, stepId, node, args, undoes]));
  return text(some) === text(others);
}

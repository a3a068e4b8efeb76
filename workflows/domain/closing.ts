import type { SeverityComparison } from './severity.ts';

/** How an incident ends: one of these, always. */
export type Closing =
  | {
      readonly kind: 'repaired';
      readonly proposal: number;
      readonly problemkey: string | null;
      /** Trouble that was still measured when the alert had outlasted the repair, for the next run. */
      readonly remains?: string;
    }
  | { readonly kind: 'no-fault'; readonly explanation: string }
  | { readonly kind: 'recovered'; readonly explanation: string }
  | {
      readonly kind: 'repaired-by-people';
      readonly by: string;
      readonly what: string;
      readonly problemkey: string | null;
    }
  | { readonly kind: 'undone'; readonly proposal: number; readonly verified: boolean; readonly why: UndoReason }
  | { readonly kind: 'rejected'; readonly proposal: number; readonly by: string; readonly reason: string }
  | { readonly kind: 'expired'; readonly proposal: number }
  | { readonly kind: 'observed'; readonly reason: string }
  | { readonly kind: 'merged'; readonly into: string }
  | { readonly kind: 'cancelled'; readonly during: string }
  | { readonly kind: 'handed-over'; readonly reason: HandOver; readonly detail: string };

/** What made a repair go back. */
export type UndoReason = 'worse' | 'cancelled' | 'step-failed' | 'given-back';

/** Why a person has to go on from here. */
export type HandOver =
  | 'not-proven'
  | 'no-remedy'
  | 'repair-had-no-effect'
  | 'repair-inconclusive'
  | 'repair-not-started'
  | 'step-refused'
  | 'step-unknown'
  | 'undo-failed'
  | 'remediation-stopped'
  | 'hardware'
  | 'phase-failed';

/** One line for people. */
export function closingText(closing: Closing): string {
  switch (closing.kind) {
    case 'repaired':
      return `repaired and verified by proposal ${closing.proposal}${closing.remains === undefined ? '' : `; still measured, and looked into by another run: ${closing.remains}`}`;
    case 'no-fault':
      return `no fault: ${closing.explanation}`;
    case 'recovered':
      return `recovered without a repair: ${closing.explanation}`;
    case 'repaired-by-people':
      return `repaired by ${closing.by} and verified: ${closing.what}`;
    case 'undone':
      return `proposal ${closing.proposal} ${undoText[closing.why]} and was undone${closing.verified ? '' : ', which could not be verified'}`;
    case 'rejected':
      return `proposal ${closing.proposal} rejected by ${closing.by}${closing.reason === '' ? '' : `: ${closing.reason}`}`;
    case 'expired':
      return `nobody decided on proposal ${closing.proposal} in time; nothing was changed`;
    case 'observed':
      return `observed only: ${closing.reason}`;
    case 'merged':
      return `merged into ${closing.into}`;
    case 'cancelled':
      return `cancelled during ${closing.during}`;
    case 'handed-over':
      return `handed over to people (${closing.reason}): ${closing.detail}`;
  }
}

const undoText: Record<UndoReason, string> = {
  worse: 'made it worse',
  cancelled: 'was cancelled on the way',
  'step-failed': 'could not be carried out to its end',
  'given-back': 'had done its part',
};

/** What a repair has left, where something was still measured. */
export function remainsIn(closing: Closing): string | undefined {
  return closing.kind === 'repaired' ? closing.remains : undefined;
}

/** The fault may still be there, and no alert that goes on firing opens the incident again. */
export function needsPerson(closing: Closing): boolean {
  return closing.kind === 'handed-over' || closing.kind === 'undone' || closing.kind === 'expired';
}

/** What a finished repair means for the incident. */
export type RepairOutcome =
  | { readonly kind: 'compared'; readonly comparison: SeverityComparison }
  | { readonly kind: 'undone'; readonly verified: boolean; readonly why: UndoReason }
  | { readonly kind: 'stopped'; readonly reason: HandOver; readonly detail: string };

export function closingOfRepair(outcome: RepairOutcome, proposal: number, problemkey: string | null): Closing {
  switch (outcome.kind) {
    case 'stopped':
      return { kind: 'handed-over', reason: outcome.reason, detail: outcome.detail };
    case 'undone':
      return outcome.verified
        ? { kind: 'undone', proposal, verified: true, why: outcome.why }
        : {
            kind: 'handed-over',
            reason: 'undo-failed',
            detail: `proposal ${proposal} ${undoText[outcome.why]}, and its undo could not be verified; look at the node`,
          };
    case 'compared':
      return closingOfComparison(outcome.comparison, proposal, problemkey);
  }
}

function closingOfComparison(comparison: SeverityComparison, proposal: number, problemkey: string | null): Closing {
  switch (comparison) {
    case 'better':
      return { kind: 'repaired', proposal, problemkey };
    case 'same':
      return {
        kind: 'handed-over',
        reason: 'repair-had-no-effect',
        detail: `severity is the same after proposal ${proposal}; its undo is recorded`,
      };
    case 'inconclusive':
      return {
        kind: 'handed-over',
        reason: 'repair-inconclusive',
        detail: `severity after proposal ${proposal} could not be measured; its undo is recorded`,
      };
    case 'worse':
      return {
        kind: 'handed-over',
        reason: 'undo-failed',
        detail: `proposal ${proposal} made it worse and was not undone`,
      };
  }
}

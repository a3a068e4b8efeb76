import { ApplicationFailure, condition, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { checkDecision, reduceApproval, type ApprovalEvent, type DecisionKind } from './domain/approval.ts';
import type { Proposal } from './domain/proposal.ts';
import type { IncidentChart } from './incident-chart.ts';
import { approveProposal, approveProposalUpdate, rejectProposal, rejectProposalUpdate } from './messages.ts';

/**
 * Wires the messages by which people decide. Signals and updates go through one reducer; whatever does not count
 * is kept as a visible refusal and changes nothing. No handler throws but a validator of an update.
 */
export function listenForDecisions(chart: IncidentChart): void {
  const apply = (event: ApprovalEvent) =>
    chart.note((view) => ({ ...view, approval: reduceApproval(view.approval, event) }));
  const decide = (decision: DecisionKind, payload: unknown) =>
    apply({ kind: 'decided', decision, payload, principal: null, atMs: Date.now() });
  const validate = (decision: DecisionKind) => (payload: unknown) => {
    const checked = checkDecision(chart.view().approval, decision, payload, Date.now(), null);
    if (!checked.ok) throw ApplicationFailure.nonRetryable(checked.reason, 'Refused');
  };
  const answer = (decision: DecisionKind) => (payload: unknown) => {
    decide(decision, payload);
    return chart.view().approval.status.kind;
  };

  setHandler(approveProposal, (payload) => decide('approve', payload), {
    description: 'Approve the open proposal; copy the input from the current details',
  });
  setHandler(rejectProposal, (payload) => decide('reject', payload), {
    description: 'Reject the open proposal; copy the input from the current details',
  });
  setHandler(approveProposalUpdate, answer('approve'), {
    validator: validate('approve'),
    description: 'Approve the open proposal and hear at once if it does not count',
  });
  setHandler(rejectProposalUpdate, answer('reject'), {
    validator: validate('reject'),
    description: 'Reject the open proposal and hear at once if it does not count',
  });
  setDefaultSignalHandler((name) =>
    chart.refuse(name, 'no such signal; approveProposal and rejectProposal are the ones to send'),
  );
}

/** Opens the proposal and waits until people decide or it expires. */
export async function awaitDecision(chart: IncidentChart, proposal: Proposal): Promise<void> {
  chart.note((view) => ({ ...view, approval: reduceApproval(view.approval, { kind: 'proposed', proposal }) }));
  chart.enter('awaiting-approval');
  await condition(
    () => chart.view().approval.status.kind !== 'waiting',
    Math.max(1, proposal.expiresAtMs - Date.now()),
    {
      summary: `decision on proposal ${proposal.number}`,
    },
  );
  chart.note((view) => ({ ...view, approval: reduceApproval(view.approval, { kind: 'expired', atMs: Date.now() }) }));
}

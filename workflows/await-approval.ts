import { ApplicationFailure, condition, patched, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { checkDecision, reduceApproval, type ApprovalEvent, type DecisionKind } from './domain/approval.ts';
import type { NotificationKind } from './domain/notification.ts';
import type { GatherPlan } from './domain/phase-data.ts';
import { blastText, type Proposal } from './domain/proposal.ts';
import type { Reminder } from './domain/reminders.ts';
import type { Attention } from './attention.ts';
import type { Notifier } from './notifier.ts';
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

/** What ended the wait for a decision. */
export type DecisionWait = 'decided' | 'corrected' | 'recovered';

/**
 * Opens the proposal and waits until people decide or it expires. A correction of the verdict, and a measurement
 * that shows the fault gone, withdraw it.
 */
export async function awaitDecision(
  chart: IncidentChart,
  plan: GatherPlan,
  proposal: Proposal,
  attention: Attention,
  notifier: Notifier,
  reminders: readonly Reminder[],
): Promise<DecisionWait> {
  const fold = (event: ApprovalEvent) =>
    chart.note((view) => ({ ...view, approval: reduceApproval(view.approval, event) }));
  const withdraw = (reason: string) => fold({ kind: 'withdrawn', reason, atMs: Date.now() });
  const waits = () => chart.view().approval.status.kind === 'waiting';
  fold({ kind: 'proposed', proposal });
  chart.enter('awaiting-approval');
  notifier.tell(proposalNews(proposal, 'proposal-waits'));
  const due = [...reminders];
  const faultProbes = proposal.verifyProbes.filter(({ expects }) => expects === undefined);

  for (;;) {
    const wakeAtMs = Math.min(proposal.expiresAtMs, due[0]?.atMs ?? Infinity, attention.recoveryDueAtMs() ?? Infinity);
    const woken = await condition(() => !waits() || attention.hasNews(), Math.max(1, wakeAtMs - Date.now()), {
      summary: `decision on proposal ${proposal.number}`,
    });
    if (!woken && wakeAtMs === proposal.expiresAtMs) fold({ kind: 'expired', atMs: Date.now() });
    // Also of a plan that was approved in the same breath: nothing has begun, and it is for a verdict that is gone.
    if (attention.hasCorrection() && (waits() || patched('correction-before-repair'))) {
      withdraw('the verdict was corrected');
      return 'corrected';
    }
    if (!waits()) {
      // Decided, but the alert has gone meanwhile: what has recovered is not repaired.
      const approved = chart.view().approval.status.kind === 'approved';
      if (!approved || !attention.recoveryIsDue()) return 'decided';
    }
    const action = attention.takeAction();
    if (action !== null || attention.recoveryIsDue()) {
      const measured = await attention.measureRecovery(plan, proposal, faultProbes);
      if (measured?.recovered === true) {
        withdraw('the fault is gone');
        return 'recovered';
      }
    }
    for (; due[0] !== undefined && due[0].atMs <= Date.now() && waits(); due.shift())
      notifier.tell(proposalNews(proposal, due[0].kind));
  }
}

function proposalNews(proposal: Proposal, kind: NotificationKind): Parameters<Notifier['tell']>[0] {
  const { number, digest, expiresAtMs, summary, reversibility, steps } = proposal;
  const heading = {
    'proposal-reminder': 'Still waits for a decision',
    'proposal-escalation': 'About to expire without a decision',
  };
  const first = kind === 'proposal-reminder' || kind === 'proposal-escalation' ? heading[kind] : 'Waits for a decision';
  return {
    kind,
    urgency: kind === 'proposal-escalation' ? 'high' : 'normal',
    title: `${first}: ${summary}`,
    lines: [
      ...steps.map((step) => `${step.index}. ${step.node}: ${step.rendered}`),
      `${reversibility}; ${blastText(proposal)}`,
    ],
    proposal: { number, digest, expiresAtMs },
  };
}

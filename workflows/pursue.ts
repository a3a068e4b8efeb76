import { ActivityFailure, CancellationScope, isCancellation, patched, workflowInfo } from '@temporalio/workflow';
import { reasoning } from './activity-proxies.ts';
import type { AskCluster } from './ask-cluster.ts';
import type { Attention } from './attention.ts';
import { awaitCalm } from './await-calm.ts';
import { awaitDecision } from './await-approval.ts';
import { awaitPeople, type HandedOver, type PeopleContext, type PeopleWait } from './await-people.ts';
import { claimedCauses } from './domain/cluster-claims.ts';
import { describeAnswer, type Answer } from './domain/cluster-rules.ts';
import { closingOfRepair, closingText, type Closing } from './domain/closing.ts';
import type { Verdict } from './domain/finding.ts';
import { degrade } from './domain/incident-view.ts';
import type { IncidentSettings } from './domain/incident-input.ts';
import { correctionsMax, type Correction } from './domain/people.ts';
import { takenUpMax } from './domain/later-alerts.ts';
import { earlierOf, timeMayTell, type Earlier } from './domain/later-looks.ts';
import type { LearnResult } from './domain/closing-data.ts';
import type { GatherPlan, IncidentKey, Remains } from './domain/phase-data.ts';
import type { Proposal, TriedRepair } from './domain/proposal.ts';
import { proposalReminders } from './domain/reminders.ts';
import { helpedBy, isReportOf, rejectedBy, triedBy, type RepairReport } from './domain/repair-report.ts';
import { rootMessage } from './failure-message.ts';
import type { IncidentChart } from './incident-chart.ts';
import type { Notifier } from './notifier.ts';
import type { Reasoned } from './reason.ts';
import type { RepairInput } from './repair.ts';
import { runRepair } from './run-repair.ts';

/** What is known when the rounds have ended. */
export interface Case {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly settings: IncidentSettings;
  readonly reasoned: Reasoned;
  readonly admission: Answer | 'unanswered';
  readonly askCluster: AskCluster;
  readonly notifier: Notifier;
  readonly attention: Attention;
  /** Set where this run is about what a repair left. */
  readonly remains?: Remains | undefined;
  /** Wall milliseconds at which what is not proven may be looked at again; `null` where time tells nothing more. */
  readonly lookAtMs: number | null;
  /** Proposals of earlier runs of this incident: their numbers are not used again. */
  readonly proposalsBefore: number;
}

export interface Pursued {
  readonly closing: Closing;
  /** Why another run takes the incident up at once; `null` where none does for that. */
  readonly goesOn: GoesOn | null;
  readonly proposals: number;
}

/** `began-anew`: the alert did, while people were waited for. `looks-again`: time may have told what was open. */
export type GoesOn = { readonly why: 'began-anew' } | ({ readonly why: 'looks-again' } & Earlier);

/** From the verdict to the end: propose, wait for people, repair, hand over; as often as people correct the verdict. */
export async function pursue(chart: IncidentChart, it: Case): Promise<Pursued> {
  const { attention } = it;
  const waitMs = it.settings.humanActionMs ?? 0;
  let proposals = it.proposalsBefore;
  let { verdict } = it.reasoned;
  const end = (closing: Closing, goesOn: GoesOn | null = null): Pursued => ({ closing, goesOn, proposals });

  for (let turn = 0; turn <= correctionsMax; turn += 1) {
    // After a phase that failed the procedure begins anew, and what people said before still stands.
    const correction = attention.takeCorrection() ?? (turn === 0 ? chart.view().corrections.at(-1) : undefined);
    if (correction !== undefined) verdict = correctedVerdict(correction);
    const current = verdict;
    chart.note((view) => ({ ...view, verdict: current, verdictAtMs: view.verdictAtMs ?? Date.now() }));
    const attempt = await attemptOnce(chart, it, verdict, proposals + 1, attention);
    if (attempt.proposed !== null) proposals += 1;
    if (attempt.closing === 'corrected' || attempt.closing === 'number-taken') continue;
    const { closing } = attempt;
    // A plan of the run before a reset is refused on the node; this run proposes its own.
    if (isOfEarlierRun(attempt.proposed, it.key) && isRefused(closing)) continue;
    if (closing.kind !== 'handed-over' || waitMs === 0 || isCancelled()) return end(closing);

    const contained = closing.reason === 'hardware' ? attempt.proposed : null;
    const lookAtMs = timeMayTell(verdict) ? it.lookAtMs : null;
    const waited = await awaitTheirPart(chart, it, closing, { contained, waitMs, lookAtMs });
    switch (waited.kind) {
      case 'corrected':
        continue;
      case 'recovered':
        return end({ kind: 'recovered', explanation: waited.text });
      case 'mended': {
        const { by, what } = waited.action;
        const mended: Closing = { kind: 'repaired-by-people', by, what, problemkey: null };
        return end(contained === null ? mended : await giveBack(chart, it, contained, verdict, mended));
      }
      case 'began-anew':
        return end(closing, { why: 'began-anew' });
      case 'looks-again':
        return end(closing, { why: 'looks-again', ...earlierOf(it.reasoned) });
      case 'in-vain':
        return end(closing);
    }
  }
  return end(handOver('not-proven', 'the verdict was corrected too often'));
}

/** A cancel ends every wait; it must not hide what the repair left behind. */
function isCancelled(): boolean {
  return CancellationScope.current().consideredCancelled && patched('cancelled-repair-is-handed-over');
}

/** Whatever else ends the wait: what the plan took out of service stays out, and is said to. */
async function awaitTheirPart(
  chart: IncidentChart,
  { plan, attention, notifier }: Case,
  closing: HandedOver,
  wait: Pick<PeopleContext, 'contained' | 'waitMs' | 'lookAtMs'>,
): Promise<PeopleWait> {
  const { contained } = wait;
  let waited: PeopleWait | null = null;
  try {
    waited = await awaitPeople(chart, closing, { plan, attention, notifier, ...wait });
    return waited;
  } finally {
    if (contained !== null && waited?.kind !== 'mended') chart.note((view) => degrade(view, stillOut(contained)));
  }
}

function stillOut({ number, undo }: Proposal): string {
  const steps = undo.toReversed().map(({ node, rendered }) => `${node}: ${rendered}`);
  return `what proposal ${number} took out of service stays out until people take it back (${steps.join('; ')})`;
}

function isOfEarlierRun(proposal: Proposal | null, { runId }: IncidentKey): boolean {
  return proposal !== null && proposal.incident.runId !== runId;
}

function isRefused(closing: Closing): boolean {
  return closing.kind === 'handed-over' && closing.reason === 'step-refused';
}

interface Attempt {
  /** `number-taken`: an earlier run of this incident has carried out another plan under this number. */
  readonly closing: Closing | 'corrected' | 'number-taken';
  readonly proposed: Proposal | null;
}

async function attemptOnce(
  chart: IncidentChart,
  it: Case,
  verdict: Verdict,
  number: number,
  attention: Attention,
): Promise<Attempt> {
  const { key, plan, settings, admission, askCluster, notifier, reasoned } = it;
  const without = (closing: Closing): Attempt => ({ closing, proposed: null });
  if (verdict.kind === 'no-fault')
    return without(
      it.remains === undefined
        ? { kind: 'no-fault', explanation: verdict.explanation.text }
        : handOver('not-proven', 'after the repair something remained, and this run did not find what'),
    );
  if (verdict.kind === 'not-proven') return without(handOver('not-proven', verdict.reason));

  chart.enter('planning');
  const nodes = verdict.causes.flatMap((cause) => (cause.node === undefined ? [] : [cause.node]));
  const mayRepair = admission !== 'unanswered' && admission.kind === 'go';
  const claim = mayRepair
    ? await askCluster({ kind: 'claim', nodes, causes: claimedCauses(verdict.causes) })
    : admission;
  if (claim !== 'unanswered' && claim.kind === 'merge') return without({ kind: 'merged', into: claim.into });
  const planned = await reasoning.proposePlan({
    key,
    verdict,
    findings: reasoned.findings,
    number,
    createdAtMs: Date.now(),
    approvalMs: settings.approvalMs,
    ...triedOf(chart, settings, verdict),
  });
  if (planned.kind === 'none') return without(handOver('no-remedy', planned.reason));
  const { proposal } = planned;
  if (settings.observeOnly) return without({ kind: 'observed', reason: `would have proposed: ${proposal.summary}` });
  if (claim === 'unanswered' || claim.kind !== 'go')
    return without(handOver('remediation-stopped', describeAnswer(claim)));

  const reminders = settings.notify === true ? proposalReminders(proposal.createdAtMs, proposal.expiresAtMs) : [];
  const waited = await awaitDecision(chart, plan, proposal, attention, notifier, reminders);
  if (waited === 'corrected') return { closing: 'corrected', proposed: proposal };
  if (waited === 'recovered')
    return { closing: { kind: 'recovered', explanation: latestRecovery(chart) }, proposed: proposal };
  return { closing: await decided(chart, it, proposal, verdict), proposed: proposal };
}

/** An activity of an old history was not told; one of an incident without such a repair has nothing to be told. */
function triedOf(chart: IncidentChart, { tellTried = false }: IncidentSettings, verdict: Verdict) {
  const { tried } = chart.view();
  if (!tellTried || tried === undefined) return {};
  // Who corrects the verdict asks for a repair, also for one that was not wanted before.
  const asked = verdict.kind === 'attributed' && verdict.disputed;
  return { tried: asked ? tried.filter(({ rejected }) => rejected === undefined) : tried };
}

function noteTried(chart: IncidentChart, tried: TriedRepair): void {
  chart.note((view) => ({ ...view, tried: [...(view.tried ?? []), tried] }));
}

async function decided(
  chart: IncidentChart,
  it: Case,
  proposal: Proposal,
  verdict: Verdict,
): Promise<Attempt['closing']> {
  const { status } = chart.view().approval;
  const { settings } = it;
  switch (status.kind) {
    case 'rejected':
      if (settings.tellTried === true) noteTried(chart, rejectedBy(status.by, proposal));
      return { kind: 'rejected', proposal: proposal.number, by: status.by.approver, reason: status.by.note };
    case 'none':
    case 'waiting':
    case 'withdrawn':
    case 'expired':
      return { kind: 'expired', proposal: proposal.number };
    case 'approved':
      return repairAndLearn(chart, it, proposal, verdict);
  }
}

async function repairAndLearn(
  chart: IncidentChart,
  it: Case,
  proposal: Proposal,
  verdict: Verdict,
): Promise<Attempt['closing']> {
  const { key, plan, settings } = it;
  const input: RepairInput = { key, plan, proposal, settings };
  chart.enter('repairing');
  const report = await runRepair(input, it.askCluster);
  const { number, handOver: task } = input.proposal;
  if (!isReportOf(report, proposal)) {
    chart.note((view) => degrade(view, `an earlier run carried out another plan as proposal ${number}; proposed anew`));
    return 'number-taken';
  }
  chart.note((view) => ({ ...view, repair: report }));
  const tried = settings.tellTried === true ? triedBy(report, proposal) : null;
  if (tried !== null) noteTried(chart, tried);
  if (report.outcome.kind !== 'compared' || report.outcome.comparison !== 'better')
    return closingOfRepair(report.outcome, number, null);
  // Contained, not mended: only the part that people replace, measured afterwards, teaches.
  if (task !== undefined) return handOver('hardware', task.task);
  const repaired = closingOfRepair(report.outcome, number, await learn(chart, input, it.reasoned, verdict, report));
  if (settings.takeUpRemains !== true || repaired.kind !== 'repaired') return repaired;
  const remains = await awaitCalm(chart, { plan, attention: it.attention }, settings.laterAlertEndMs ?? 0);
  if (remains === null) return repaired;
  // No other run follows, and whoever fires goes on firing as a repeat.
  if ((chart.view().takenUp ?? 0) >= takenUpMax)
    return handOver('not-proven', `${closingText(repaired)}, and something remains: ${remains}`);
  if (settings.tellTried === true) noteTried(chart, helpedBy(proposal));
  return { ...repaired, remains };
}

/** People have replaced the part: what the plan took out goes back into service, verified, and that teaches. */
async function giveBack(
  chart: IncidentChart,
  it: Case,
  proposal: Proposal,
  verdict: Verdict,
  mended: Extract<Closing, { kind: 'repaired-by-people' }>,
): Promise<Closing> {
  const { key, plan, settings } = it;
  const input: RepairInput = { key, plan, proposal, settings, purpose: 'give-back' };
  chart.enter('repairing');
  const report = await runRepair(input, it.askCluster);
  chart.note((view) => ({ ...view, givenBack: report }));
  if (report.outcome.kind !== 'undone' || !report.outcome.verified || !isReportOf(report, proposal)) {
    const { outcome } = report;
    const why = outcome.kind === 'stopped' ? outcome.detail : 'it could not be verified';
    return handOver('undo-failed', `${mended.what}: what proposal ${proposal.number} took out is not back: ${why}`);
  }
  const before = chart.view().repair?.before ?? null;
  const problemkey = await learn(chart, input, it.reasoned, verdict, { before, after: report.afterUndo });
  return { ...mended, problemkey };
}

/** Only a verified repair teaches. */
async function learn(
  chart: IncidentChart,
  { key, proposal }: RepairInput,
  reasoned: Reasoned,
  verdict: Verdict,
  { before, after }: Pick<RepairReport, 'before' | 'after'>,
): Promise<string | null> {
  chart.enter('learning');
  if (before === null || after === null) return null;
  try {
    const { findings } = reasoned;
    const { recall, approval } = chart.view();
    const learned: LearnResult = await reasoning.learnFromRepair({
      key,
      verdict,
      proposal,
      findings,
      before,
      after,
      firstRunId: workflowInfo().firstExecutionRunId,
      approvedBy: approval.approvals.map(({ approver }) => approver),
      recalled: (recall?.top ?? []).map(({ problemkey, category }) => ({ problemkey, category })),
    });
    return learned.problemkey;
  } catch (error) {
    // A cancel that comes now does not undo what is repaired and verified.
    if (!isCancellation(error) && !(error instanceof ActivityFailure)) throw error;
    const failed = error instanceof ActivityFailure && !isCancellation(error);
    const why = failed ? rootMessage(error) : 'the incident was cancelled';
    chart.note((view) => degrade(view, `went on without learning: ${why}`));
    return null;
  }
}

/** A person's word is the reason, and the only one that it cites. */
function correctedVerdict({ category, node, gpu, by, reason }: Correction): Verdict {
  return {
    kind: 'attributed',
    disputed: true,
    causes: [
      {
        category,
        probability: 1,
        ...(node === undefined ? {} : { node }),
        ...(gpu === undefined ? {} : { device: { kind: 'gpu', index: gpu } }),
        because: [{ text: `${by} corrected the verdict: ${reason}`, findingIds: [], ranges: [] }],
      },
    ],
  };
}

function latestRecovery(chart: IncidentChart): string {
  return chart.view().recoveries.at(-1)?.text ?? 'measured anew';
}

function handOver(reason: HandedOver['reason'], detail: string): HandedOver {
  return { kind: 'handed-over', reason, detail };
}

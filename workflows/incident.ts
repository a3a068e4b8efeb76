import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  isCancellation,
  log,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { adoption, logs, reasoning, recall as recallActivities } from './activity-proxies.ts';
import { connectCluster, type AskCluster } from './ask-cluster.ts';
import { awaitDecision, listenForDecisions } from './await-approval.ts';
import { mergeStartTimes, readObservation } from './domain/alert.ts';
import { nodesPerQuestionMax } from './domain/cluster-messages.ts';
import { describeAnswer } from './domain/cluster-rules.ts';
import { budgets } from './domain/budgets.ts';
import { closingOfRepair, type Closing } from './domain/closing.ts';
import { repairWorkflowId } from './domain/ids.ts';
import type { IncidentInput } from './domain/incident-input.ts';
import { degrade, type IncidentView } from './domain/incident-view.ts';
import type { GatheredLogs, GatheredMetrics, GatherPlan, IncidentKey, LearnResult } from './domain/phase-data.ts';
import type { Proposal } from './domain/proposal.ts';
import type { RepairReport } from './domain/repair-report.ts';
import { rootMessage } from './failure-message.ts';
import { openChart, type IncidentChart } from './incident-chart.ts';
import { alertObserved, incidentView } from './messages.ts';
import { reason, type Reasoned, type ReasoningStart } from './reason.ts';
import { repair, type RepairInput } from './repair.ts';

/**
 * One fault as people see it, from the alert to a defined end. Reads as the procedure: gather, recall, reason,
 * propose, wait for people, repair, learn, close.
 */
export async function incident(input: IncidentInput): Promise<IncidentView> {
  const chart = openChart(input);
  setHandler(incidentView, () => chart.view(), { description: 'The chart as it stands' });
  setHandler(alertObserved, (payload) => observe(chart, payload), {
    description: 'Delivery of the alert group; sent by the API',
  });
  listenForDecisions(chart);
  const askCluster = connectCluster(input.cluster, input.settings.askMs);

  const closing = await conclude(chart, () => procedure(chart, input, askCluster));
  await CancellationScope.nonCancellable(async () => {
    await close(chart, closing, askCluster);
    await condition(allHandlersFinished);
  });
  return chart.view();
}

/** A first delivery is what the incident is about; later ones are counted, and their new start times remembered. */
function observe(chart: IncidentChart, payload: unknown): void {
  const observation = readObservation(payload);
  if (observation === null)
    return chart.refuse('alertObserved', 'not a delivery of an alert group; the API sends these');
  const { alertStartsAtMs: known } = chart.view();
  const alertStartsAtMs = mergeStartTimes(known, observation);
  if (alertStartsAtMs.length !== known.length) upsertMemo({ alertStartsAtMs });
  chart.note((view) => ({
    ...view,
    alert: view.alert ?? observation,
    observations: view.observations + 1,
    latestAlertStatus: observation.status,
    alertStartsAtMs,
  }));
}

async function procedure(chart: IncidentChart, input: IncidentInput, askCluster: AskCluster): Promise<Closing> {
  const { runId, workflowId } = workflowInfo();
  const key: IncidentKey = { cluster: input.cluster, workflowId, runId };
  const { settings } = input;

  await condition(() => chart.view().alert !== null, budgets.firstAlertMs, { summary: 'first delivery of the alert' });
  const { alert } = chart.view();
  if (alert === null) return handOver('phase-failed', 'the incident was started, but no alert arrived');

  const plan = await reasoning.planGathering({ key, alert });
  chart.note((view) => ({ ...view, job: plan.job, handlerId: plan.handlerId, knowledgeDigest: plan.knowledgeDigest }));
  const admission = await askCluster({
    kind: 'open',
    job: plan.job,
    nodes: namedNodes(alert.alerts).slice(0, nodesPerQuestionMax),
    alertAtMs: plan.alertAtMs,
  });
  if (admission !== 'unanswered' && admission.kind === 'merge') return { kind: 'merged', into: admission.into };
  const mayRepair = admission !== 'unanswered' && admission.kind === 'go';
  if (!mayRepair)
    chart.note((view) =>
      degrade(view, 'the cluster entity did not admit this incident: it diagnoses and never repairs'),
    );

  chart.enter('gathering');
  if (plan.readyInMs > 0)
    await sleep(Math.min(plan.readyInMs, budgets.shippingWaitMsMax), { summary: 'until the last windows are shipped' });
  const { findings, recall, performance } = await gather(chart, key, plan);

  chart.enter('reasoning');
  const { probeBatchesMax } = settings;
  const reasoned = await reason(chart, { key, plan, findings, recall, performance, probeBatchesMax });
  const { verdict } = reasoned;
  chart.note((view) => ({ ...view, verdict, verdictAtMs: Date.now() }));
  if (verdict.kind === 'no-fault') return { kind: 'no-fault', explanation: verdict.explanation.text };
  if (verdict.kind === 'not-proven') return handOver('not-proven', verdict.reason);

  chart.enter('planning');
  const nodes = verdict.causes.flatMap((cause) => (cause.node === undefined ? [] : [cause.node]));
  const claim = mayRepair ? await askCluster({ kind: 'claim', nodes }) : admission;
  if (claim !== 'unanswered' && claim.kind === 'merge') return { kind: 'merged', into: claim.into };
  const { approvalMs } = settings;
  const proposed = await reasoning.proposePlan({
    key,
    verdict,
    findings: reasoned.findings,
    number: 1,
    createdAtMs: Date.now(),
    approvalMs,
  });
  if (proposed.kind === 'none') return handOver('no-remedy', proposed.reason);
  if (settings.observeOnly) return { kind: 'observed', reason: `would have proposed: ${proposed.proposal.summary}` };
  if (claim === 'unanswered' || claim.kind !== 'go') return handOver('remediation-stopped', describeAnswer(claim));

  await awaitDecision(chart, proposed.proposal);
  const { status } = chart.view().approval;
  switch (status.kind) {
    case 'rejected':
      return { kind: 'rejected', proposal: proposed.proposal.number, by: status.by.approver, reason: status.by.note };
    case 'none':
    case 'waiting':
    case 'expired':
      return { kind: 'expired', proposal: proposed.proposal.number };
    case 'approved':
      return repairAndLearn(chart, { key, plan, proposal: proposed.proposal, settings }, reasoned);
  }
}

type Gathered = Pick<ReasoningStart, 'findings' | 'recall' | 'performance'>;

/** Logs and metrics side by side; what stays away is named and the incident goes on with the rest. */
async function gather(chart: IncidentChart, key: IncidentKey, plan: GatherPlan): Promise<Gathered> {
  const [gatheredLogs, gatheredMetrics] = await Promise.all([
    orWithout<GatheredLogs>(chart, 'logs', () => logs.gatherLogs({ key, plan })),
    orWithout<GatheredMetrics>(chart, 'metrics', () => logs.gatherMetrics({ key, plan })),
  ]);
  chart.note((view) => ({ ...view, logs: gatheredLogs, metrics: gatheredMetrics }));
  if (gatheredLogs !== null && gatheredLogs.leftOut > 0)
    chart.note((view) => degrade(view, `${gatheredLogs.leftOut} log window(s) were left out`));
  const scan = await logs.scanEvidence({ key, plan, logs: gatheredLogs, metrics: gatheredMetrics });
  chart.note((view) => ({ ...view, scan }));
  const [recall, performance] = await Promise.all([
    orWithout(chart, 'recall', () => recallActivities.recallIncidents({ key, findings: scan.findings })),
    orWithout(chart, 'the performance check', () =>
      reasoning.checkPerformance({ key, plan, metrics: gatheredMetrics }),
    ),
  ]);
  chart.note((view) => ({ ...view, recall, performance }));
  if (recall !== null && recall.degraded !== null) {
    const why = recall.degraded;
    chart.note((view) => degrade(view, why));
  }
  return { findings: [scan.findings], recall: recall?.recall ?? null, performance: performance?.performance ?? null };
}

async function orWithout<T>(chart: IncidentChart, what: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    chart.note((view) => degrade(view, `went on without ${what}: ${rootMessage(error)}`));
    return null;
  }
}

async function repairAndLearn(chart: IncidentChart, input: RepairInput, reasoned: Reasoned): Promise<Closing> {
  chart.enter('repairing');
  const report = await runRepair(input);
  chart.note((view) => ({ ...view, repair: report }));
  const { number } = input.proposal;
  if (report.outcome.kind !== 'compared' || report.outcome.comparison !== 'better')
    return closingOfRepair(report.outcome, number, null);
  chart.enter('learning');
  const learned = await orWithout(chart, 'learning', () => learn(input, reasoned, report));
  return closingOfRepair(report.outcome, number, learned?.problemkey ?? null);
}

/** Only a verified repair teaches. */
async function learn(input: RepairInput, reasoned: Reasoned, report: RepairReport): Promise<LearnResult | null> {
  const { before, after } = report;
  if (before === null || after === null) return null;
  const { key, proposal } = input;
  return reasoning.learnFromRepair({
    key,
    verdict: reasoned.verdict,
    proposal,
    findings: reasoned.findings,
    before,
    after,
  });
}

/** Starts the repair, or adopts the one that a run before a reset started: nothing is done twice. */
async function runRepair(input: RepairInput): Promise<RepairReport> {
  const workflowId = repairWorkflowId(workflowInfo().firstExecutionRunId, input.proposal.number);
  try {
    const child = await startChild(repair, {
      workflowId,
      args: [input],
      staticSummary: summaryOf(input.proposal),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    });
    return await child.result();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return adoption.adoptRepair({ workflowId });
    throw error;
  }
}

/** Every end is a defined one: failures become a hand-over, a cancellation becomes a closing. */
async function conclude(chart: IncidentChart, work: () => Promise<Closing>): Promise<Closing> {
  try {
    return await work();
  } catch (error) {
    const { phase } = chart.view();
    if (isCancellation(error)) return { kind: 'cancelled', during: phase };
    if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure)
      return handOver('phase-failed', `${phase}: ${rootMessage(error)}`);
    throw error;
  }
}

async function close(chart: IncidentChart, closing: Closing, askCluster: AskCluster): Promise<void> {
  chart.note((view) => ({ ...view, closing }));
  chart.enter('closed');
  const { cluster, workflowId, runId } = chart.view();
  try {
    const { chart: ref } = await reasoning.writeChart({ key: { cluster, workflowId, runId }, chart: chart.view() });
    chart.note((view) => ({ ...view, chart: ref }));
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    chart.note((view) => degrade(view, `the chart is in the result only: ${rootMessage(error)}`));
  }
  const told = await askCluster({ kind: 'close' });
  if (told === 'unanswered') log.warn('the cluster entity did not hear of the closing');
}

function namedNodes(alerts: readonly { readonly labels: Readonly<Record<string, string>> }[]): string[] {
  const names = alerts.flatMap(({ labels }) => [labels['node'] ?? '', labels['Hostname'] ?? '']);
  return [...new Set(names.filter((name) => name !== ''))];
}

function handOver(reason: Extract<Closing, { kind: 'handed-over' }>['reason'], detail: string): Closing {
  return { kind: 'handed-over', reason, detail };
}

/** Static summaries are one line of at most about 200 bytes. */
function summaryOf(proposal: Proposal): string {
  return proposal.summary.replace(/\s+/g, ' ').slice(0, 180);
}

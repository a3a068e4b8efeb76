import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  isCancellation,
  log,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { payAttention, type Attention } from './attention.ts';
import { logs, reasoning, recall as recallActivities } from './activity-proxies.ts';
import { connectCluster, type AskCluster } from './ask-cluster.ts';
import { listenForDecisions } from './await-approval.ts';
import { awaitPeople, type HandedOver } from './await-people.ts';
import { mergeStartTimes, readObservation, type AlertObservation } from './domain/alert.ts';
import { mendedIn } from './domain/cluster-mended.ts';
import { nodesPerQuestionMax } from './domain/cluster-messages.ts';
import { budgets } from './domain/budgets.ts';
import { checkSpeed, compareSpeed, predictSpeed } from './compare-speed.ts';
import { closingText, type Closing } from './domain/closing.ts';
import { archiveWorkflowId, workflowTypes } from './domain/ids.ts';
import type { IncidentInput, IncidentSettings } from './domain/incident-input.ts';
import { degrade, type IncidentView } from './domain/incident-view.ts';
import { hearAlerts } from './domain/later-alerts.ts';
import { earlierOf, laterLookAtMs } from './domain/later-looks.ts';
import type {
  GatheredLogs,
  GatheredMetrics,
  GatherPlan,
  IncidentKey,
  RecallInput,
  RecallResult,
} from './domain/phase-data.ts';
import { rootMessage } from './failure-message.ts';
import { besideFirstLook } from './first-look.ts';
import { openChart, type IncidentChart } from './incident-chart.ts';
import { listenToPeople } from './listen-to-people.ts';
import { alertObserved, incidentView } from './messages.ts';
import { leavesMore, leftBy, letLaterAlertsEnd } from './next-run.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { orWithout } from './or-without.ts';
import { pursue, type Pursued } from './pursue.ts';
import { reason, type ReasoningStart } from './reason.ts';

/**
 * One fault as people see it, from the alert to a defined end. Reads as the procedure: gather, recall, reason,
 * propose, wait for people, repair, learn, close.
 */
export async function incident(input: IncidentInput): Promise<IncidentView> {
  const chart = openChart(input);
  setHandler(incidentView, () => chart.view(), { description: 'The chart as it stands' });
  setHandler(alertObserved, (payload) => hear(chart, payload), {
    description: 'Delivery of the alert group; sent by the API',
  });
  listenForDecisions(chart);
  listenToPeople(chart);
  if (input.continued !== undefined) takeUp(chart, input.continued);
  const { runId, workflowId } = workflowInfo();
  const key: IncidentKey = { cluster: input.cluster, workflowId, runId };
  const desk: Desk = {
    chart,
    key,
    askCluster: connectCluster(input.cluster, input.settings.askMs),
    notifier: createNotifier(chart, key, {
      enabled: input.settings.notify === true,
      toldAs: input.continued?.look?.toldAs,
    }),
    attention: payAttention(chart, key, input.settings.humanActionMs !== undefined),
  };

  const { closing, goesOn, proposals } = await conclude(desk, input);
  await letLaterAlertsEnd(chart, closing, input.settings);
  await CancellationScope.nonCancellable(async () => {
    await close(desk, { closing, goesOn }, input);
    await condition(allHandlersFinished);
  });
  const { latestAlert } = chart.view();
  // Also what came while it was closed.
  const isContinued = goesOn !== null || leavesMore(chart, closing, input);
  const ended = { closing, goesOn, runId, untaken: desk.attention.untaken() };
  // A cancel that came while this run was closed is for the incident, and a new run would not hear of it.
  if (isContinued && latestAlert !== null && !CancellationScope.current().consideredCancelled)
    await continueAsNew<typeof incident>({
      ...input,
      recurrenceOf: runId,
      continued: { ...leftBy(chart.view(), latestAlert, ended, input), proposals },
    });
  if (goesOn?.why === 'looks-again')
    await CancellationScope.nonCancellable(() => desk.notifier.settled(closingText(closing)));
  return chart.view();
}

/** What every part of an incident works with. */
interface Desk {
  readonly chart: IncidentChart;
  readonly key: IncidentKey;
  readonly askCluster: AskCluster;
  readonly notifier: Notifier;
  readonly attention: Attention;
}

function hear(chart: IncidentChart, payload: unknown): void {
  const observation = readObservation(payload);
  if (observation === null) chart.refuse('alertObserved', 'not a delivery of an alert group; the API sends these');
  else observe(chart, observation);
}

/** What an earlier run of this incident left. */
function takeUp(
  chart: IncidentChart,
  { alert, modelSpent, tried, alertStartsAtMs, look }: NonNullable<IncidentInput['continued']>,
): void {
  if (modelSpent !== undefined) chart.note((view) => ({ ...view, modelSpent }));
  if (tried !== undefined) chart.note((view) => ({ ...view, tried }));
  if (alertStartsAtMs !== undefined) chart.note((view) => ({ ...view, alertStartsAtMs }));
  observe(chart, alert);
  if (look?.said !== undefined) chart.note((view) => ({ ...view, ...look.said }));
  // It ended while the run before was closed: that is measured as any other end.
  if (look !== undefined && alert.status === 'resolved') chart.note((view) => ({ ...view, resolutions: 1 }));
}

/** A first delivery is what the incident is about; later ones are counted, and their new start times remembered. */
function observe(chart: IncidentChart, observation: AlertObservation): void {
  const { alert, alertStartsAtMs: known, latestAlertStatus: before, heardAlerts } = chart.view();
  const nowHeard = heardAlerts === undefined ? undefined : hearAlerts(heardAlerts, observation, alert === null);
  // What no verdict speaks of is not remembered beyond the end: it would count as a repeat.
  const later = new Set(nowHeard?.later.map(({ fingerprint }) => fingerprint));
  const spokenOf = observation.alerts.filter(({ fingerprint }) => !later.has(fingerprint));
  const alertStartsAtMs = mergeStartTimes(known, { ...observation, alerts: spokenOf });
  if (alertStartsAtMs.length !== known.length) upsertMemo({ alertStartsAtMs });
  const isNew = mergeStartTimes(known, observation).length !== known.length;
  const turned = observation.status === 'resolved' && before === 'firing';
  const beganAnew = observation.status === 'firing' && before === 'resolved' && isNew;
  chart.note((view) => ({
    ...view,
    alert: view.alert ?? observation,
    latestAlert: observation,
    observations: view.observations + 1,
    latestAlertStatus: observation.status,
    alertStartsAtMs,
    resolutions: view.resolutions + (turned ? 1 : 0),
    recurrences: view.recurrences + (beganAnew ? 1 : 0),
    ...(nowHeard === undefined ? {} : { heardAlerts: nowHeard }),
  }));
}

async function procedure(desk: Desk, input: IncidentInput): Promise<Pursued> {
  const { chart, key, askCluster } = desk;
  const { settings } = input;
  const proposalsBefore = proposalsSoFar(chart, input);
  const early = (closing: Closing): Pursued => ({ closing, goesOn: null, proposals: proposalsBefore });

  await condition(() => chart.view().alert !== null, budgets.firstAlertMs, { summary: 'first delivery of the alert' });
  const { alert } = chart.view();
  if (alert === null) return early(phaseFailed('the incident was started, but no alert arrived'));

  const { remains, look } = input.continued ?? {};
  const planned = await reasoning.planGathering({
    key,
    alert,
    ...(remains === undefined ? {} : { remains }),
    ...(look === undefined ? {} : { untilMs: look.untilMs }),
  });
  const lookAtMs = settings.laterAlertEndMs === undefined ? null : laterLookAtMs(planned, Date.now(), look?.looks);
  const { job, handlerId, knowledgeDigest, doubts = [] } = planned;
  chart.note((view) => ({ ...view, job, handlerId, knowledgeDigest }));
  for (const doubt of doubts) chart.note((view) => degrade(view, doubt));
  const admission = await askCluster({
    kind: 'open',
    job,
    nodes: namedNodes(alert.alerts).slice(0, nodesPerQuestionMax),
    alertAtMs: planned.alertAtMs,
    about: handlerId,
  });
  if (admission !== 'unanswered' && admission.kind === 'merge') return early({ kind: 'merged', into: admission.into });
  if (admission === 'unanswered' || admission.kind !== 'go')
    chart.note((view) =>
      degrade(view, 'the cluster entity did not admit this incident: it diagnoses and never repairs'),
    );

  const plan = { ...planned, ...mendedIn(admission) };
  chart.enter('gathering');
  if (plan.readyInMs > budgets.shippingWaitMsMax) chart.note((view) => degrade(view, lateWindows(plan.readyInMs)));
  const { probeBatchesMax } = settings;
  const gathering = () => gatherWhenShipped(chart, key, plan, settings);
  const [gathered, looked] =
    probeBatchesMax > 0 ? await besideFirstLook(chart, { key, plan }, gathering) : [await gathering(), null];

  chart.enter('reasoning');
  const model = settings.model === undefined ? {} : { model: settings.model };
  const earlier = look === undefined ? {} : { earlier: earlierOf(look) };
  const reasoned = await reason(chart, { key, plan, ...gathered, looked, probeBatchesMax, ...model, ...earlier });
  return pursue(chart, { ...desk, plan, settings, reasoned, admission, remains, lookAtMs, proposalsBefore });
}

/** Of earlier runs as well: a number is never used again, for the repair of a proposal is found by it. */
function proposalsSoFar(chart: IncidentChart, { continued }: IncidentInput): number {
  return Math.max(continued?.proposals ?? 0, chart.view().approval.proposal?.number ?? 0);
}

function lateWindows(readyInMs: number): string {
  const minutes = (ms: number): number => Math.ceil(ms / 60_000);
  return `the last log window is due in ${minutes(readyInMs)} min; it was waited for ${minutes(budgets.shippingWaitMsMax)} min and no longer`;
}

type Gathered = Pick<ReasoningStart, 'findings' | 'recall' | 'performance' | 'speed'>;

async function gatherWhenShipped(
  chart: IncidentChart,
  key: IncidentKey,
  plan: GatherPlan,
  settings: IncidentSettings,
): Promise<Gathered> {
  if (plan.readyInMs > 0)
    await sleep(Math.min(plan.readyInMs, budgets.shippingWaitMsMax), { summary: 'until the last windows are shipped' });
  return gather(chart, key, plan, settings);
}

/** Logs and metrics side by side; what stays away is named and the incident goes on with the rest. */
async function gather(
  chart: IncidentChart,
  key: IncidentKey,
  plan: GatherPlan,
  settings: IncidentSettings,
): Promise<Gathered> {
  const [gatheredLogs, gatheredMetrics] = await Promise.all([
    orWithout<GatheredLogs>(chart, 'logs', () => logs.gatherLogs({ key, plan })),
    orWithout<GatheredMetrics>(chart, 'metrics', () => logs.gatherMetrics({ key, plan })),
  ]);
  chart.note((view) => ({ ...view, logs: gatheredLogs, metrics: gatheredMetrics }));
  if (gatheredLogs !== null && gatheredLogs.leftOut > 0)
    chart.note((view) => degrade(view, `${gatheredLogs.leftOut} log window(s) were left out`));
  const [scan, prediction] = await Promise.all([
    logs.scanEvidence({ key, plan, logs: gatheredLogs, metrics: gatheredMetrics }),
    settings.predict === true ? predictSpeed(chart, { key, plan, logs: gatheredLogs }) : null,
  ]);
  chart.note((view) => ({ ...view, scan }));
  const speedCase = { key, plan, logs: gatheredLogs, prediction: prediction?.prediction ?? null };
  const [recall, performance] = await Promise.all([
    recallLike(chart, { key, findings: scan.findings }, settings),
    settings.predict === true
      ? compareSpeed(chart, speedCase, gatheredMetrics)
      : checkSpeed(chart, { key, plan }, gatheredMetrics),
  ]);
  chart.note((view) => ({ ...view, recall, performance }));
  if (recall !== null && recall.degraded !== null) {
    const why = recall.degraded;
    chart.note((view) => degrade(view, why));
  }
  return {
    findings: [scan.findings],
    recall: recall?.recall ?? null,
    performance: performance?.performance ?? null,
    speed: settings.predict === true ? speedCase : null,
  };
}

async function recallLike(
  chart: IncidentChart,
  asked: RecallInput,
  { embed = false }: IncidentSettings,
): Promise<RecallResult | null> {
  const embedded = embed
    ? await orWithout(chart, 'the embedding of the query', () => recallActivities.embedQuery(asked))
    : undefined;
  const embedding = embedded === undefined ? {} : { embedding: embedded?.embedding ?? null };
  return orWithout(chart, 'recall', () => recallActivities.recallIncidents({ ...asked, ...embedding }));
}

/**
 * Every end is a defined one: failures become a hand-over, a cancellation becomes a closing. What failed because
 * something around it did (credentials, a full disk, a missing inventory) is tried again when people say that it is
 * mended, as often as they may say so.
 */
async function conclude(desk: Desk, input: IncidentInput): Promise<Pursued> {
  const { chart, attention, notifier } = desk;
  const waitMs = input.settings.humanActionMs ?? 0;
  const end = (closing: Closing): Pursued => ({ closing, goesOn: null, proposals: proposalsSoFar(chart, input) });
  for (;;) {
    try {
      const pursued = await tried(chart, () => procedure(desk, input));
      if (!('failed' in pursued)) return pursued;
      const { failed } = pursued;
      if (waitMs === 0) return end(failed);
      const nothing = { plan: null, contained: null, lookAtMs: null };
      const waited = await awaitPeople(chart, failed, { ...nothing, attention, notifier, waitMs });
      if (waited.kind === 'mended' || waited.kind === 'corrected') continue;
      return { ...end(failed), goesOn: waited.kind === 'began-anew' ? { why: 'began-anew' } : null };
    } catch (error) {
      if (isCancellation(error)) return end({ kind: 'cancelled', during: chart.view().phase });
      throw error;
    }
  }
}

async function tried(
  chart: IncidentChart,
  work: () => Promise<Pursued>,
): Promise<Pursued | { readonly failed: HandedOver }> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure || error instanceof ChildWorkflowFailure))
      throw error;
    return { failed: phaseFailed(`${chart.view().phase}: ${rootMessage(error)}`) };
  }
}

async function close(
  { chart, key, askCluster, notifier }: Desk,
  { closing, goesOn }: Pick<Pursued, 'closing' | 'goesOn'>,
  input: IncidentInput,
): Promise<void> {
  chart.note((view) => ({ ...view, closing }));
  chart.enter('closed');
  try {
    const { chart: ref } = await reasoning.writeChart({ key, chart: chart.view() });
    chart.note((view) => ({ ...view, chart: ref }));
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    chart.note((view) => degrade(view, `the chart is in the result only: ${rootMessage(error)}`));
  }
  const told = await askCluster({ kind: 'close' });
  if (told === 'unanswered') log.warn('the cluster entity did not hear of the closing');
  // Nothing has ended for people where the same is only looked at again.
  if (goesOn?.why === 'looks-again') notifier.leaveOpen();
  else await notifier.settled(closingText(closing));
  if (input.settings.archive === true) await startArchive(key);
}

/** Goes on by itself after the end of this run: only then its history is whole. */
async function startArchive({ cluster, workflowId, runId }: IncidentKey): Promise<void> {
  try {
    await startChild(workflowTypes.archive, {
      workflowId: archiveWorkflowId(runId),
      args: [{ cluster, workflowId, runId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    log.warn('the archive could not be started; the sweep will make up for it', { error: String(error) });
  }
}

function namedNodes(alerts: readonly { readonly labels: Readonly<Record<string, string>> }[]): string[] {
  const names = alerts.flatMap(({ labels }) => [labels['node'] ?? '', labels['Hostname'] ?? '']);
  return [...new Set(names.filter((name) => name !== ''))];
}

function phaseFailed(detail: string): HandedOver {
  return { kind: 'handed-over', reason: 'phase-failed', detail };
}

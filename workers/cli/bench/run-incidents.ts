import { median } from 'simple-statistics';
import type { Environment } from '../../config.ts';
import type { Terminal } from '../output.ts';
import { ticking } from '../ticking.ts';
import { workflowTypes } from '../../../workflows/domain/ids.ts';
import { runBenchIncident } from './bench-incident.ts';
import { startBenchStack, type BenchStack } from './bench-stack.ts';
import { incidentTimes, type IncidentTimes, type Share } from './incident-times.ts';
import { describeMachine, type Machine } from './machine.ts';
import { memoryOf, type ProcessMemory } from './memory.ts';
import { accepted, openLoop, type LoadResult } from './open-loop.ts';
import { patiently } from './patiently.ts';
import { seededRandom } from './random.ts';

/** What the product is meant to stay below on 2 cores. */
export const aims = { ownMs: 2_000, p99Ms: 100, stackMib: 2_500 } as const;

export interface IncidentBenchOptions {
  readonly runs: number;
  /** Incidents open at once. */
  readonly open: number;
  readonly seed: number;
  readonly stateDir: string;
  readonly env: Environment;
}

export interface IncidentBenchReport {
  readonly machine: Machine;
  readonly seed: number;
  readonly aims: typeof aims;
  readonly runs: readonly (IncidentTimes & { readonly closing: string })[];
  /** Of the runs with nothing else open. */
  readonly ownMsMedian: number | null;
  readonly memoryIdle: readonly ProcessMemory[];
  /** Each request is a group of its own, and starts an incident; what was refused for now is sent again afterwards. */
  readonly intake: LoadResult;
  /** With that many incidents open; they wait for the log worker, which is paused meanwhile. */
  readonly crowded: {
    readonly open: number;
    readonly startedAllMs: number;
    readonly memory: readonly ProcessMemory[];
    /** News of groups whose incidents are open. */
    readonly intake: LoadResult;
    /** One page of the list, and the chart of one of them. */
    readonly listMs: number;
    readonly chartMs: number;
  };
}

const perSecond = 100;
const newsMax = 500;
const gpusPerNode = 8;
const answerMsMax = 30_000;
const allStartedMsMax = 180_000;
const lookMsMax = 30_000;
const againPerSecond = 20;
const roundsMax = 20;
const chartsMeasured = 20;
const listedMax = 50;
const pausedProcess = 'log-worker';

export async function runIncidentBench(
  terminal: Terminal,
  options: IncidentBenchOptions,
): Promise<IncidentBenchReport> {
  const random = seededRandom(options.seed);
  const stack = await ticking(
    terminal,
    () => 'starting the stack',
    () => startBenchStack({ stateDir: options.stateDir, seed: options.seed, env: options.env, settings: {} }),
  );
  try {
    const machine = await describeMachine(stack);
    const runs: IncidentBenchReport['runs'][number][] = [];
    const next = () => ({
      node: stack.nodes[runs.length % stack.nodes.length] ?? '',
      gpu: Math.floor(random() * gpusPerNode),
    });
    for (let run = 1; run <= options.runs; run += 1) {
      runs.push(await measureIncident(terminal, stack, next()));
      terminal.err(`incident ${run} of ${options.runs}: ${shareText(runs.at(-1)?.alertToProposal ?? null)}`);
    }
    const memoryIdle = memoryOf(stack.pids());

    const crowd = await whilePaused(stack, pausedProcess, () => measureCrowd(terminal, stack, options.open));
    const own = runs.flatMap(({ alertToProposal }) => (alertToProposal === null ? [] : [alertToProposal.ownMs]));
    return {
      machine,
      seed: options.seed,
      aims,
      runs,
      ownMsMedian: own.length === 0 ? null : median(own),
      memoryIdle,
      ...crowd,
    };
  } finally {
    await ticking(
      terminal,
      () => 'stopping the stack',
      () => stack.stop(),
    );
  }
}

async function measureIncident(
  terminal: Terminal,
  stack: BenchStack,
  place: { readonly node: string; readonly gpu: number },
): Promise<IncidentTimes & { readonly closing: string }> {
  let phase = '';
  const { view, executions } = await ticking(
    terminal,
    () => `incident on ${place.node} GPU ${place.gpu}: ${phase}`,
    () => runBenchIncident(stack, place, (now) => (phase = now)),
  );
  const times = incidentTimes(
    view,
    executions.map(({ history }) => history),
  );
  return { ...times, closing: view.closing?.kind ?? 'none' };
}

function shareText(share: Share | null): string {
  return share === null ? 'no proposal' : `${share.ownMs} ms of its own from alert to proposal`;
}

/** A stopped process is one that does not get on: its work waits, and nothing is lost. */
async function whilePaused<T>(stack: BenchStack, name: string, work: () => Promise<T>): Promise<T> {
  const pid = stack.pids()[name];
  if (pid === undefined) throw new Error(`there is no process ${name}`);
  process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

async function measureCrowd(
  terminal: Terminal,
  stack: BenchStack,
  open: number,
): Promise<Pick<IncidentBenchReport, 'intake' | 'crowded'>> {
  const startedMs = performance.now();
  const send = await alertSender(stack);
  terminal.err(`${open} groups at ${perSecond}/s`);
  const refused = new Set<number>();
  const intake = await openLoop(open, perSecond, async (index) => {
    refused.add(index);
    const answer = await send(index, 'first');
    if (answer === accepted) refused.delete(index);
    return answer;
  });
  await untilAccepted(refused, (index) => send(index, 'first'));
  await allStarted(stack, open);
  const startedAllMs = Math.round(performance.now() - startedMs);
  terminal.err(`${open} incidents are open`);
  const memory = memoryOf(stack.pids());
  const news = await openLoop(Math.min(open, newsMax), perSecond, (index) => send(index, 'more'));
  return { intake, crowded: { open, startedAllMs, memory, intake: news, ...(await lookAround(stack)) } };
}

/** As any sender of alerts does after a refusal for now. */
async function untilAccepted(refused: Set<number>, send: (index: number) => Promise<string>): Promise<void> {
  for (let round = 0; round < roundsMax && refused.size > 0; round += 1) {
    const again = [...refused];
    await openLoop(again.length, againPerSecond, async (place) => {
      const index = again[place] ?? 0;
      const answer = await send(index);
      if (answer === accepted) refused.delete(index);
      return answer;
    });
  }
  if (refused.size > 0) throw new Error(`${refused.size} alert groups were not accepted in ${roundsMax} rounds`);
}

async function lookAround({ client, cluster }: BenchStack): Promise<{ listMs: number; chartMs: number }> {
  const query = `WorkflowType = '${workflowTypes.incident}' AND Cluster = '${cluster}' AND ExecutionStatus = 'Running'`;
  const listedMs = performance.now();
  const found: { readonly workflowId: string; readonly runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: listedMax })) {
    found.push({ workflowId, runId });
    if (found.length === listedMax) break;
  }
  const listMs = Math.round(performance.now() - listedMs);
  const times: number[] = [];
  for (const { workflowId, runId } of found.slice(0, chartsMeasured)) {
    const askedMs = performance.now();
    await patiently('a chart', answerMsMax, (deadlineMs) =>
      client.withDeadline(deadlineMs, () => client.workflow.getHandle(workflowId, runId).query('incidentView')),
    );
    times.push(performance.now() - askedMs);
  }
  return { listMs, chartMs: times.length === 0 ? 0 : Math.round(median(times)) };
}

/** Groups that name nothing of the cluster, so that none is merged into another. */
async function alertSender({ control, stack: { api }, cluster }: BenchStack) {
  if (api === null) throw new Error('the stack has no API');
  const { clusterTime: startsAt } = await control.status();
  return async (index: number, which: 'first' | 'more'): Promise<string> => {
    const alerts = which === 'first' ? ['a'] : ['a', 'b'];
    const groupLabels = { alertname: 'TrainingStepSlow', cluster, training_job: `bench-${index}` };
    const response = await fetch(`${api.url}/v1/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${api.token}` },
      signal: AbortSignal.timeout(answerMsMax),
      body: JSON.stringify({
        version: '4',
        groupKey: `{}:{training_job="bench-${index}"}`,
        status: 'firing',
        groupLabels,
        alerts: alerts.map((name) => ({
          status: 'firing',
          labels: { ...groupLabels, severity: 'warning', part: name },
          startsAt,
          fingerprint: `bench-${index}-${name}`,
        })),
      }),
    });
    await response.arrayBuffer();
    return String(response.status);
  };
}

/** Each has been admitted by the cluster entity and waits for its logs. */
function allStarted({ client, cluster }: BenchStack, count: number): Promise<void> {
  const query = `WorkflowType = 'incident' AND Cluster = '${cluster}' AND ExecutionStatus = 'Running' AND Phase = 'gathering'`;
  return patiently(`${count} open incidents`, allStartedMsMax, () =>
    client.withDeadline(Date.now() + lookMsMax, async () => {
      const found = (await client.workflow.count(query)).count;
      if (found < count) throw new Error(`only ${found} of ${count} incidents wait for their logs`);
    }),
  );
}

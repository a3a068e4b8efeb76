import { median } from 'simple-statistics';
import type { Environment } from '../../config.ts';
import type { Terminal } from '../output.ts';
import { ticking } from '../ticking.ts';
import { runBenchIncident } from './bench-incident.ts';
import { startBenchStack, type BenchStack } from './bench-stack.ts';
import { incidentTimes, type IncidentTimes, type Share } from './incident-times.ts';
import { describeMachine, type Machine } from './machine.ts';
import { memoryOf, type ProcessMemory } from './memory.ts';
import { openLoop, type LoadResult } from './open-loop.ts';
import { patiently } from './patiently.ts';
import { seededRandom } from './random.ts';

/** What the product is meant to stay below on 2 cores. */
export const aims = { ownMs: 2_000, p99Ms: 100, stackMib: 2_500 } as const;

export interface IncidentBenchOptions {
  readonly runs: number;
  /** Incidents open at once, the one that is measured among them. */
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
  /** Each request is a group of its own, and starts an incident. */
  readonly intake: LoadResult;
  readonly crowded: {
    readonly open: number;
    readonly startedAllMs: number;
    readonly memory: readonly ProcessMemory[];
    /** News of groups whose incidents are open. */
    readonly intake: LoadResult;
    readonly run: IncidentTimes & { readonly closing: string };
  };
}

const perSecond = 100;
const newsMax = 500;
const gpusPerNode = 8;
const answerMsMax = 30_000;
const allStartedMsMax = 180_000;
const lookMsMax = 30_000;
// The incidents of the load wait for logs of this far in the future, wall time: longer than what is measured meanwhile.
const openForMs = 8 * 60_000;

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

    const started = performance.now();
    const send = await alertSender(stack);
    const others = Math.max(1, options.open - 1);
    terminal.err(`${others} groups at ${perSecond}/s`);
    const intake = await openLoop(others, perSecond, (index) => send(index, 'first'));
    await allStarted(stack, others);
    const startedAllMs = Math.round(performance.now() - started);
    terminal.err(`${others} incidents are open`);
    const memory = memoryOf(stack.pids());
    const news = await openLoop(Math.min(others, newsMax), perSecond, (index) => send(index, 'more'));
    const run = await measureIncident(terminal, stack, next());
    terminal.err(`incident among ${options.open}: ${shareText(run.alertToProposal)}`);
    const own = runs.flatMap(({ alertToProposal }) => (alertToProposal === null ? [] : [alertToProposal.ownMs]));
    return {
      machine,
      seed: options.seed,
      aims,
      runs,
      ownMsMedian: own.length === 0 ? null : median(own),
      memoryIdle,
      intake,
      crowded: { open: options.open, startedAllMs, memory, intake: news, run },
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

/** Groups that name nothing of the cluster, so that none is merged into another. */
async function alertSender({ control, stack, cluster }: BenchStack) {
  const { api } = stack;
  if (api === null) throw new Error('the stack has no API');
  const { clusterMs, rate } = await control.status();
  const startsAt = new Date(clusterMs + openForMs * rate).toISOString();
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

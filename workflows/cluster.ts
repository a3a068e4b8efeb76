import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { budgets } from './domain/budgets.ts';
import {
  answer,
  expireLeases,
  forgetIncident,
  giveBack,
  newCluster,
  nextExpiryMs,
  openIncidentsMax,
  resumeRemediation as resumed,
  stopRemediation as stopped,
  type Ask,
  type ClusterState,
  type Order,
  type Reply,
} from './domain/cluster-rules.ts';
import { readAsk } from './domain/cluster-messages.ts';
import { renderClusterDetails } from './domain/cluster-details.ts';
import { ask, clusterReply, clusterState, resumeRemediation, stopRemediation } from './messages.ts';

export interface ClusterInput {
  readonly cluster: string;
  readonly carried?: ClusterState;
}

/** One entity per cluster: open incidents, leases with fencing tokens, attempts, the global stop. Lives on. */
export async function cluster(input: ClusterInput): Promise<never> {
  let state = input.carried ?? newCluster(input.cluster, Date.now());
  let messages = 0;
  const inbox: Ask[] = [];

  setHandler(clusterState, () => state, { description: 'Open incidents, leases, attempts and the global stop' });
  setHandler(ask, hear, {
    description: 'Question of an incident or repair; sent by workflows only',
  });
  setHandler(stopRemediation, (payload) => change(stopped(state, orderOf(payload))), {
    description: 'Stop all remediation of this cluster: {"by": "<your name>", "reason": "<why>"}',
  });
  setHandler(resumeRemediation, (payload) => change(resumed(state, orderOf(payload))), {
    description: 'Let remediation go on: {"by": "<your name>", "reason": "<why>"}',
  });
  setDefaultSignalHandler((name) => log.warn('unknown signal ignored', { name: name.slice(0, 60) }));
  change(state);

  for (;;) {
    const expiry = nextExpiryMs(state);
    const wake = () => inbox.length > 0 || messages >= budgets.clusterMessagesMax;
    if (expiry === null) await condition(wake);
    else await condition(wake, Math.max(1, expiry - Date.now()), { summary: 'next lease expiry' });
    const swept = expireLeases(state, Date.now());
    if (swept !== state) change(swept);
    for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) await reply(next);
    if (workflowInfo().continueAsNewSuggested || messages >= budgets.clusterMessagesMax) {
      await condition(allHandlersFinished);
      if (inbox.length === 0) await continueAsNew<typeof cluster>({ cluster: input.cluster, carried: state });
    }
  }

  function change(next: ClusterState): void {
    state = next;
    messages += 1;
    setCurrentDetails(renderClusterDetails(state));
  }

  function hear(payload: unknown): void {
    const received = readAsk(payload);
    if (received === null) log.warn('a question that is none was ignored');
    else inbox.push(received);
  }

  async function reply(received: Ask): Promise<void> {
    const { requestId, from } = received;
    let decided = answer(state, received, Date.now());
    // Nobody merges into an incident that was terminated and could not say so: the fault would be nobody's.
    for (let dead = 0; dead < openIncidentsMax && decided.state !== state; dead += 1) {
      if (decided.reply.answer.kind !== 'merge') break;
      const { into } = decided.reply.answer;
      const alive = await reaches(into, { requestId: `${requestId}/merged`, answer: { kind: 'go' } });
      if (!alive) change(forgetIncident(state, into));
      // From the state as it is now: people may have given orders meanwhile.
      decided = answer(state, received, Date.now());
      if (alive) break;
    }
    change(decided.state);
    if (await reaches(from.workflowId, decided.reply)) return;
    log.warn('the asker is gone', { requestId });
    if (decided.reply.answer.kind === 'granted') change(giveBack(state, decided.reply.answer.fencing));
  }
}

/** Only a workflow that still runs takes a signal. */
async function reaches(workflowId: string, message: Reply): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(clusterReply, message);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

function orderOf(payload: unknown): Order {
  const fields = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {}; // checked below
  const text = (value: unknown, otherwise: string) =>
    typeof value === 'string' && value !== '' ? value.slice(0, orderCharsMax) : otherwise;
  return {
    by: text(fields['by'], 'somebody'),
    reason: text(fields['reason'], 'no reason given'),
    atMs: Date.now(),
  };
}

const orderCharsMax = 200;

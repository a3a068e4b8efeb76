import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
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
  newCluster,
  nextExpiryMs,
  resumeRemediation as resumed,
  stopRemediation as stopped,
  type Ask,
  type ClusterState,
  type Order,
} from './domain/cluster-rules.ts';
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
  setHandler(ask, (received) => void (isAsk(received) && inbox.push(received)), {
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

  async function reply(received: Ask): Promise<void> {
    const decided = answer(state, received, Date.now());
    change(decided.state);
    try {
      await getExternalWorkflowHandle(received.from.workflowId).signal(clusterReply, decided.reply);
    } catch (error) {
      log.warn('the asker is gone', { requestId: received.requestId, error: String(error) });
    }
  }
}

function isAsk(value: unknown): value is Ask {
  if (typeof value !== 'object' || value === null) return false;
  const { requestId, from, question } = value as Partial<Ask>; // each field is checked below
  return (
    typeof requestId === 'string' &&
    typeof from === 'object' &&
    typeof from.workflowId === 'string' &&
    typeof question === 'object' &&
    typeof question.kind === 'string'
  );
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

import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { budgets } from './domain/budgets.ts';
import {
  answer,
  expireLeases,
  forgetIncident,
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
import {
  giveBack,
  handToRecovery,
  isHeld,
  isRecovery,
  leaveToPeople,
  ownerCheckMs,
  ownersInTheWay,
  ownersOf,
  type Held,
} from './domain/cluster-owners.ts';
import { readAsk } from './domain/cluster-messages.ts';
import { renderClusterDetails } from './domain/cluster-details.ts';
import { formatFencingToken, isSameToken } from './domain/lease.ts';
import { recoveryTiming, type RecoveryTiming } from './domain/recovery.ts';
import { ask, clusterReply, clusterState, incidentMerged, resumeRemediation, stopRemediation } from './messages.ts';
import { recover } from './recover.ts';

/** Waits of one cluster, wall time; the defaults are those of the domain. */
export interface ClusterTiming extends RecoveryTiming {
  readonly ownerCheckMs: number;
}

export interface ClusterInput {
  readonly cluster: string;
  readonly carried?: ClusterState;
  /** Questions that an earlier run had heard and not answered yet. */
  readonly inbox?: readonly Ask[];
  readonly timing?: ClusterTiming;
}

/**
 * One entity per cluster: open incidents, leases with fencing tokens, attempts, the global stop, and a recovery for
 * each lease whose owner vanished. Lives on.
 */
export async function cluster(input: ClusterInput): Promise<never> {
  let state = input.carried ?? newCluster(input.cluster, Date.now());
  const timing = input.timing ?? { ...recoveryTiming, ownerCheckMs };
  // A run that began without it looks after nobody until it continues as new.
  const looksAfterOwners = patched('cluster-recovers');
  // A run that began without it counts only what it answers, and answers all before it continues as new.
  const countsAll = patched('cluster-counts-every-message');
  let checkedAtMs = Date.now();
  let messages = 0;
  const inbox: Ask[] = [...(input.inbox ?? [])];

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
  setDefaultSignalHandler((name) => ignore('unknown signal ignored', { name: name.slice(0, 60) }));
  change(state);

  for (;;) {
    const wakeAtMs = nextWakeMs();
    const wake = () => inbox.length > 0 || messages >= budgets.clusterMessagesMax;
    if (wakeAtMs === null) await condition(wake);
    else await condition(wake, Math.max(1, wakeAtMs - Date.now()), { summary: 'next look at the leases' });
    const swept = expireLeases(state, Date.now());
    const expired = swept !== state;
    if (expired) change(swept);
    if (looksAfterOwners && (expired || Date.now() >= checkedAtMs + timing.ownerCheckMs)) {
      checkedAtMs = Date.now();
      await lookAfter(ownersOf(state));
    }
    while (inbox.length > 0 && !(countsAll && isFull())) {
      const next = inbox.shift();
      if (next !== undefined) await reply(next);
    }
    if (isFull()) {
      await condition(allHandlersFinished);
      if (countsAll || inbox.length === 0) await continueAsNew<typeof cluster>({ ...input, carried: state, inbox });
    }
  }

  function isFull(): boolean {
    return workflowInfo().continueAsNewSuggested || messages >= budgets.clusterMessagesMax;
  }

  /** Counts all the same: a run hears a bounded number of signals, and then the server takes no more. */
  function ignore(why: string, of: Readonly<Record<string, string>> = {}): void {
    log.warn(why, of);
    if (countsAll) messages += 1;
  }

  function change(next: ClusterState): void {
    state = next;
    messages += 1;
    setCurrentDetails(renderClusterDetails(state));
  }

  function nextWakeMs(): number | null {
    const expiry = nextExpiryMs(state);
    if (!looksAfterOwners || ownersOf(state).length === 0) return expiry;
    return Math.min(expiry ?? Infinity, checkedAtMs + timing.ownerCheckMs);
  }

  function hear(payload: unknown): void {
    const received = readAsk(payload);
    if (received === null) return ignore('a question that is none was ignored');
    const { requestId, from } = received;
    // Askers send again what is not answered yet: one answer is enough.
    const waits = inbox.some((other) => other.requestId === requestId && other.from.runId === from.runId);
    if (countsAll && (waits || inbox.length >= budgets.clusterInboxMax))
      return ignore(waits ? 'a question that waits already was ignored' : 'too many questions wait', { requestId });
    inbox.push(received);
  }

  async function reply(received: Ask): Promise<void> {
    const { requestId, from } = received;
    if (looksAfterOwners) await lookAfter(ownersInTheWay(state, received));
    let decided = answer(state, received, Date.now());
    // Nobody merges into an incident that was terminated and could not say so: the fault would be nobody's.
    for (let dead = 0; dead < openIncidentsMax && decided.state !== state; dead += 1) {
      if (decided.reply.answer.kind !== 'merge') break;
      const { into } = decided.reply.answer;
      const alive = looksAfterOwners
        ? await tellMerged(into, received)
        : await reaches(into, { requestId: `${requestId}/merged`, answer: { kind: 'go' } });
      if (!alive) change(forgetIncident(state, into));
      // From the state as it is now: people may have given orders meanwhile.
      decided = answer(state, received, Date.now());
      if (alive) break;
    }
    change(decided.state);
    const { question } = received;
    if (looksAfterOwners && question.kind === 'vanished')
      await lookAfter(ownersOf(state).filter(({ asker }) => asker.workflowId === question.repair));
    if (await reaches(from.workflowId, decided.reply)) return;
    log.warn('the asker is gone', { requestId });
    if (decided.reply.answer.kind === 'granted') change(giveBack(state, decided.reply.answer.fencing));
  }

  /** The incident that goes on hears which one it stands for from now on; that also shows that it still runs. */
  function tellMerged(into: string, { from, question }: Ask): Promise<boolean> {
    const { workflowId, runId } = from;
    const known = state.open.find(({ asker }) => asker.workflowId === workflowId);
    const alertAtMs = question.kind === 'open' ? question.alertAtMs : (known?.alertAtMs ?? null);
    return delivered(() => getExternalWorkflowHandle(into).signal(incidentMerged, { workflowId, runId, alertAtMs }));
  }

  /** Who holds nodes and takes no signal any more has vanished: its recovery takes the lease over. */
  async function lookAfter(owners: readonly Held[]): Promise<void> {
    for (const held of owners) {
      const token = formatFencingToken(held.fencing);
      const question: Reply = { requestId: `lease/${token}/still-held`, answer: { kind: 'go' } };
      if (await reaches(held.asker.workflowId, question)) continue;
      // Its last word may have come in while it was asked.
      if (!isHeld(state, held.fencing) || gaveBack(held)) continue;
      log.warn('the owner of a lease vanished', { owner: held.asker.workflowId, token });
      if (isRecovery(held)) change(leaveToPeople(state, held, 'its recovery ended without a result', Date.now()));
      else await startRecovery(held);
    }
  }

  function gaveBack({ fencing, asker }: Held): boolean {
    return inbox.some(
      ({ from, question }) =>
        from.workflowId === asker.workflowId &&
        (question.kind === 'release' || question.kind === 'recovered') &&
        isSameToken(question.fencing, fencing),
    );
  }

  async function startRecovery(gone: Held): Promise<void> {
    const handed = handToRecovery(state, gone, Date.now());
    change(handed.state);
    const { nodes, asker, fencing } = handed.lease;
    try {
      await startChild(recover, {
        workflowId: asker.workflowId,
        args: [{ cluster: input.cluster, repair: gone.asker.workflowId, nodes, fencing, timing }],
        staticSummary: `what ${gone.asker.workflowId} left`.slice(0, 180),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      });
    } catch (error) {
      // It was started before this entity was reset: it ends by itself, or its lease runs out.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

function reaches(workflowId: string, message: Reply): Promise<boolean> {
  return delivered(() => getExternalWorkflowHandle(workflowId).signal(clusterReply, message));
}

/** Only a workflow that still runs takes a signal. */
async function delivered(signal: () => Promise<void>): Promise<boolean> {
  try {
    await signal();
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

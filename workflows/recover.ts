import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import { remediationOf } from './activity-proxies.ts';
import { connectCluster } from './ask-cluster.ts';
import { escapeMarkdown } from './domain/current-details.ts';
import type { FencingToken } from './domain/lease.ts';
import type { StepOutcome } from './domain/phase-data.ts';
import type { Step } from './domain/proposal.ts';
import {
  decideRecovery,
  recoveryLooksMax,
  type RecoveryDecision,
  type RecoveryTiming,
  type RepairRemains,
} from './domain/recovery.ts';
import { rootMessage } from './failure-message.ts';

export interface RecoverInput {
  readonly cluster: string;
  /** Workflow id of the repair that vanished. */
  readonly repair: string;
  readonly nodes: readonly string[];
  /** Of the lease that passed to this recovery: higher than the one of the repair. */
  readonly fencing: FencingToken;
  readonly timing: RecoveryTiming;
}

/** Result of workflow `recover`. `left` are the nodes at which a person has to look; empty when all is settled. */
export interface RecoveryReport {
  readonly repair: string;
  readonly left: readonly string[];
  readonly why: string;
  readonly undone: readonly { readonly index: number; readonly stepId: string; readonly node: string }[];
}

/**
 * Takes back what a vanished repair had begun and not concluded, by the journal of the nodes and the approval of the
 * plan, which covers its undo. Ends with settled nodes or with a word about where a person has to look.
 */
export async function recover(input: RecoverInput): Promise<RecoveryReport> {
  const askCluster = connectCluster(input.cluster, input.timing.askMs);
  const undone: Step[] = [];
  const show = (text: string) => setCurrentDetails(render(input, undone, text));
  show('reading what it had begun');
  const end = await lookAndTakeBack(input, undone, show).catch((error: unknown): End => {
    if (!isCancellation(error)) throw error;
    return { left: input.nodes, why: 'the recovery was cancelled' };
  });
  show(end.left.length === 0 ? `settled: ${end.why}` : `a person has to look at ${end.left.join(', ')}: ${end.why}`);
  await CancellationScope.nonCancellable(async () => {
    const told = await askCluster({ kind: 'recovered', fencing: input.fencing, ...end });
    if (told === 'unanswered') log.warn('the cluster entity did not hear of the end; the lease will run out');
  });
  return {
    repair: input.repair,
    ...end,
    undone: undone.map(({ index, stepId, node }) => ({ index, stepId, node })),
  };
}

type End = Pick<RecoveryReport, 'left' | 'why'>;

/** Looks, does what the journal calls for, and looks again until the journal calls for nothing more. */
async function lookAndTakeBack(input: RecoverInput, undone: Step[], show: (text: string) => void): Promise<End> {
  const { nodes, timing } = input;
  const quietAtMs = Date.now() + timing.quietMs;
  let last: End = { left: nodes, why: 'the journal could not be read' };
  for (let look = 1; look <= recoveryLooksMax; look += 1) {
    const decision = await inspect(input);
    switch (decision.kind) {
      case 'settled': {
        const restMs = quietAtMs - Date.now();
        if (restMs <= 0) return { left: [], why: decision.why };
        last = { left: nodes, why: 'the journal could not be read once more' };
        show(`${decision.why}; waiting for what may still be under way`);
        await sleep(restMs, { summary: 'until no attempt of the repair can be under way' });
        break;
      }
      case 'undo': {
        show('taking back what it had begun');
        const failed = await takeBack(input, decision, undone);
        if (failed !== null) return { left: nodes, why: failed };
        last = { left: nodes, why: 'the undo ran, and the journal could not be read after it' };
        break;
      }
      case 'look-again':
        last = { left: decision.nodes.length === 0 ? nodes : decision.nodes, why: decision.why };
        show(decision.why);
        await sleep(timing.lookPauseMs, { summary: decision.why.slice(0, 100) });
        break;
      case 'unsettled':
        return { left: decision.nodes.length === 0 ? nodes : decision.nodes, why: decision.why };
    }
  }
  return last;
}

async function inspect({ cluster, repair, nodes, fencing }: RecoverInput): Promise<RecoveryDecision> {
  let remains: RepairRemains;
  try {
    remains = await remediationOf(cluster).inspectRepair({ cluster, workflowId: repair, nodes, fencing });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { kind: 'look-again', why: `what was begun could not be read: ${rootMessage(error)}`, nodes: [] };
  }
  return decideRecovery(remains);
}

/** Why the nodes stay unsettled, or `null` when each step ran. A cancel waits until the undo is whole. */
function takeBack(
  { cluster, fencing }: RecoverInput,
  { steps, key, proposal }: Extract<RecoveryDecision, { kind: 'undo' }>,
  undone: Step[],
): Promise<string | null> {
  return CancellationScope.nonCancellable(async () => {
    for (const step of steps) {
      try {
        const outcome = await remediationOf(cluster).applyStep({ key, proposal, step, direction: 'undo', fencing });
        const trouble = troubleOf(outcome);
        if (trouble !== null) return `undo step ${step.index} on ${step.node}: ${trouble}`;
        if (outcome.kind === 'done') undone.push(step);
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        return `undo step ${step.index} on ${step.node}: ${rootMessage(error)}`;
      }
    }
    return null;
  });
}

function troubleOf(outcome: StepOutcome): string | null {
  switch (outcome.kind) {
    case 'done':
      return outcome.exitCode === 0 ? null : `it ended with exit code ${outcome.exitCode}`;
    case 'refused':
      return outcome.nothingBegun === true ? null : outcome.reason;
    case 'unknown':
      return outcome.reason;
  }
}

function render({ repair, nodes }: RecoverInput, undone: readonly Step[], text: string): string {
  return [
    `## Recovery of ${escapeMarkdown(repair)}`,
    `${escapeMarkdown(nodes.join(', '))}: ${escapeMarkdown(text)}`,
    ...undone.map((step) => `- undone on ${escapeMarkdown(step.node)}: ${escapeMarkdown(step.rendered)}`),
  ].join('\n\n');
}

import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { gateSteps } from '../kb/remediations/gate-steps.ts';
import type { GateReply } from '../kb/schemas/gate.ts';
import type { GateStep } from '../kb/schemas/remediation.ts';
import { formatFencingToken } from '../workflows/domain/lease.ts';
import type { ApplyStepInput, StepOutcome } from '../workflows/domain/phase-data.ts';
import type { Step } from '../workflows/domain/proposal.ts';
import { authorise, type ClusterReader, type HistoryReader } from './authorisation.ts';
import { gateOfStep } from './gate-of-step.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { rethrow } from './port-failure.ts';
import type { Clock, EvidenceStore, GateClient, GateHost } from './ports.ts';

export interface ApplyStepPorts {
  readonly history: HistoryReader & ClusterReader;
  readonly gate: GateClient;
  readonly evidence: EvidenceStore;
  readonly inventories: Inventories;
  readonly clock?: Clock;
}

/**
 * One step of an approved plan, through the gate on its node or on the management host. Safe to run again: the token is derived from what is
 * done, and the gate answers a repeat from its journal. Precondition: `authorise`. Effect: at most once.
 */
export function createApplyStep(ports: ApplyStepPorts): (input: ApplyStepInput) => Promise<StepOutcome> {
  const clock = ports.clock ?? { nowMs: () => Date.now() };
  return async (input) => {
    const { key, step, direction, fencing } = input;
    return withHeartbeats(
      () => ({ direction, node: step.node, stepId: step.stepId }),
      async (signal): Promise<StepOutcome> => {
        const allowed = await authorise({ history: ports.history, clock: notBeforeAttempt(clock) }, input, signal);
        if (!allowed.ok && !allowed.overdue) return refused(`not authorised: ${allowed.reason}`);
        if (!isDeclared(step)) return refused(`no declared step takes ${step.stepId} with these arguments`);
        const host = gateOfStep(inventoryOf(ports.inventories, key.cluster), step);
        if ('missing' in host) return refused(host.missing);
        signal.throwIfAborted();
        const token = stepToken(input);
        if (!allowed.ok) {
          // An earlier attempt may have acted in time and its answer got lost: what happened is never called refused.
          const seen = await ports.gate.look(host, token);
          return seen.outcome === 'none'
            ? refused(`not authorised: ${allowed.reason}`)
            : outcomeOf(ports, key.cluster, seen);
        }
        if (direction === 'undo' && !(await wasBegun(ports, input)))
          return {
            ...refused(`nothing that ${step.rendered} would undo was begun on ${step.node}`),
            nothingBegun: true,
          };
        // From here on a cancel does not break the connection: half a step is worse than a whole one and its undo.
        const reply = await ports.gate.apply(host, {
          token,
          fence: formatFencingToken(fencing),
          stepId: step.stepId,
          args: step.args,
        });
        return outcomeOf(
          ports,
          key.cluster,
          reply.outcome === 'unknown' ? await look(ports.gate, host, token, reply) : reply,
        );
      },
    ).catch(rethrow);
  };
}

/** The server scheduled this attempt, so it is at least as late as then, even where the machine's clock has gone back. */
function notBeforeAttempt(clock: Clock): Clock {
  const { currentAttemptScheduledTimestampMs } = Context.current().info;
  return { nowMs: () => Math.max(clock.nowMs(), currentAttemptScheduledTimestampMs) };
}

/** What names a step, whoever holds the lease. */
export type StepOfPlan = Pick<ApplyStepInput, 'key' | 'proposal' | 'direction' | 'step'>;

/** The same for every attempt at the same step of the same approved plan, and for nothing else. */
export function stepToken({ key, proposal, direction, step }: StepOfPlan): string {
  const identity = [key.workflowId, key.runId, proposal.digest, direction, String(step.index)];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

/**
 * The journal of a node says whether there is anything to undo; what was never begun is not "undone". An undo step that
 * names its forward step needs that one begun, on whichever node it ran; another needs any step begun on its node.
 */
async function wasBegun({ gate, inventories }: ApplyStepPorts, input: ApplyStepInput): Promise<boolean> {
  const { undoes, node } = input.step;
  const { steps } = input.proposal;
  const before =
    undoes === undefined ? steps.filter((step) => step.node === node) : steps.filter(({ index }) => index === undoes);
  // An undo on a node that no step touches follows from steps elsewhere; the workflow decides about it.
  if (undoes === undefined && before.length === 0) return true;
  const inventory = inventoryOf(inventories, input.key.cluster);
  for (const step of before) {
    const there = gateOfStep(inventory, step);
    if ('missing' in there) continue;
    const seen = await gate.look(there, stepToken({ ...input, step, direction: 'forward' }));
    if (seen.outcome !== 'none') return true;
  }
  return false;
}

/** An unknown outcome is looked at once more and never repeated; the measurement afterwards says what the node is like. */
async function look(
  gate: GateClient,
  host: GateHost,
  token: string,
  unknown: Extract<GateReply, { outcome: 'unknown' }>,
): Promise<GateReply> {
  const seen = await gate.look(host, token);
  return seen.outcome === 'done' ? seen : unknown;
}

async function outcomeOf({ evidence }: ApplyStepPorts, cluster: string, reply: GateReply): Promise<StepOutcome> {
  switch (reply.outcome) {
    case 'done': {
      const output = await evidence.put('step-output', cluster, new TextEncoder().encode(reply.output), {
        mediaType: 'text/plain',
      });
      return { kind: 'done', exitCode: reply.exitCode, replayed: reply.replayed, output };
    }
    case 'refused':
      return refused(`the gate refused: ${reply.reason}`);
    case 'unknown':
      return { kind: 'unknown', reason: reply.reason };
    case 'none':
      return { kind: 'unknown', reason: 'the gate answered an order with "none"' };
  }
}

const declared: readonly GateStep[] = Object.values(gateSteps);

function isDeclared({ stepId, args, rendered, on }: Step): boolean {
  const gateStep = declared.find((one) => one.id === stepId);
  return (
    gateStep !== undefined &&
    (on === undefined ? gateStep.on !== 'management' : gateStep.on !== undefined) &&
    gateStep.args.length === args.length &&
    gateStep.args.every(({ pattern }, at) => pattern.test(args[at] ?? '')) &&
    gateStep.render(args) === rendered
  );
}

function refused(reason: string): Extract<StepOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reason };
}

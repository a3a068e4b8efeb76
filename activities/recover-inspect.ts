import type { GateReply } from '../kb/schemas/gate.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { IncidentKey } from '../workflows/domain/phase-data.ts';
import { isProposal, type Proposal, type Step } from '../workflows/domain/proposal.ts';
import type { InspectRepairInput, RepairRemains, SeenStep } from '../workflows/domain/recovery.ts';
import { formatFencingToken } from '../workflows/domain/lease.ts';
import { stepToken, type StepOfPlan } from './apply-step.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { rethrow } from './port-failure.ts';
import { gateOfStep } from './gate-of-step.ts';
import { PortError, type FenceRaiser, type GateClient, type GateHost } from './ports.ts';
import { proposalDigest } from './proposal-digest.ts';

/** The latest run of a repair, as the server recorded it. */
export interface RepairRun {
  /** The server's name of its status, such as `RUNNING` or `TERMINATED`. */
  readonly status: string;
  readonly input: unknown;
  readonly result: unknown;
  /** It ordered at least one step. */
  readonly acted: boolean;
  /** It was giving its lease back. */
  readonly gaveBack: boolean;
}

export interface RepairRuns {
  /** `null` when the server keeps none. */
  latestRepairRun(workflowId: string, signal?: AbortSignal): Promise<RepairRun | null>;
}

export interface InspectRepairPorts {
  readonly repairs: RepairRuns;
  readonly gate: Pick<GateClient, 'look'> & FenceRaiser;
  readonly inventories: Inventories;
}

/**
 * What a vanished repair left: its plan from its own history, what was begun from the journals of its nodes. Changes
 * nothing but the fences of the nodes. Nothing here allows anything: an undo that follows is checked against the approval like any other.
 */
export function createInspectRepair(ports: InspectRepairPorts) {
  return async function inspectRepair({
    cluster,
    workflowId,
    nodes,
    fencing,
  }: InspectRepairInput): Promise<RepairRemains> {
    return withHeartbeats(
      () => ({ workflowId }),
      async (signal): Promise<RepairRemains> => {
        const run = await ports.repairs.latestRepairRun(workflowId, signal);
        if (run === null) return gone(`the history of ${workflowId} is no longer kept`);
        if (run.status === 'RUNNING' || run.status === 'PAUSED') return { kind: 'running' };
        const plan = readPlan(run.input);
        if (plan === null) return gone(`the history of ${workflowId} holds no plan that matches its digest`);
        if (plan.key.cluster !== cluster) return gone(`${workflowId} was a repair of another cluster`);
        const inventory = inventoryOf(ports.inventories, cluster);
        // First of all: from here on the journal can only hold what is in it now, and what we add.
        const steps = [...plan.proposal.steps, ...plan.proposal.undo];
        const gates = gatesOf(inventory, nodes, steps);
        const shut = await raiseFences(ports.gate, gates, formatFencingToken(fencing), signal);
        const look = (step: Step, direction: 'forward' | 'undo') =>
          shut.has(placeOf(step)) ? seen(ports.gate, inventory, { ...plan, step, direction }, signal) : 'unreachable';
        const forward = await lookAtEach(plan.proposal.steps, (step) => look(step, 'forward'));
        const undo = await lookAtEach(plan.proposal.undo, (step) => look(step, 'undo'));
        const how = run.status.toLowerCase().replaceAll('_', '-');
        const concluded = isJudged(run) || (run.acted && run.gaveBack);
        return { kind: 'ended', how, concluded, ...plan, forward, undo };
      },
    ).catch(rethrow);
  };
}

interface Plan {
  readonly key: IncidentKey;
  readonly proposal: Proposal;
}

function readPlan(input: unknown): Plan | null {
  if (typeof input !== 'object' || input === null || !('key' in input) || !('proposal' in input)) return null;
  const { key, proposal } = input;
  if (!isKey(key) || !isProposal(proposal) || proposalDigest(proposal) !== proposal.digest) return null;
  const { cluster, workflowId, runId } = key;
  return { key: { cluster, workflowId, runId }, proposal };
}

function isKey(value: unknown): value is IncidentKey {
  if (typeof value !== 'object' || value === null) return false;
  return (['cluster', 'workflowId', 'runId'] as const).every(
    (name) => name in value && typeof (value as Record<string, unknown>)[name] === 'string', // present, by `in`
  );
}

/** A repair that was stopped judged nothing: before it, a run that a reset ended may have begun steps. */
function isJudged({ status, result }: RepairRun): boolean {
  if (status !== 'COMPLETED' || typeof result !== 'object' || result === null || !('outcome' in result)) return false;
  const { outcome } = result;
  if (typeof outcome !== 'object' || outcome === null || !('kind' in outcome)) return false;
  return outcome.kind === 'compared' || outcome.kind === 'undone';
}

/** A gate and the node that it changes, as one word. */
function placeOf({ node, on }: Pick<Step, 'node' | 'on'>): string {
  return on === undefined ? node : `${node} on ${on}`;
}

/** The gates of the leased nodes, and that of the management host where the plan uses it for one of them. */
function gatesOf(
  inventory: Inventory,
  nodes: readonly string[],
  steps: readonly Step[],
): ReadonlyMap<string, GateHost> {
  const leased = inventory.nodes.filter(({ name }) => nodes.includes(name));
  const wanted: readonly Pick<Step, 'node' | 'on'>[] = [
    ...leased.map(({ name: node }) => ({ node })),
    ...steps.filter(({ node, on }) => on !== undefined && nodes.includes(node)),
  ];
  return new Map(
    wanted.flatMap((step) => {
      const host = gateOfStep(inventory, step);
      return 'missing' in host ? [] : [[placeOf(step), host] as const];
    }),
  );
}

/** The gates at which a lower fence is refused now. A refusal says that a higher one came already. */
async function raiseFences(
  gate: FenceRaiser,
  gates: ReadonlyMap<string, GateHost>,
  fence: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const shut = new Set<string>();
  for (const [place, host] of gates)
    try {
      signal.throwIfAborted();
      await gate.raiseFence(host, fence, signal);
      shut.add(place);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
    }
  return shut;
}

/** One after the other: the gate of a node answers one question at a time. */
async function lookAtEach(
  steps: readonly Step[],
  look: (step: Step) => Promise<SeenStep['seen']> | SeenStep['seen'],
): Promise<readonly SeenStep[]> {
  const found: SeenStep[] = [];
  for (const step of steps) found.push({ index: step.index, node: step.node, seen: await look(step) });
  return found;
}

async function seen(
  gate: InspectRepairPorts['gate'],
  inventory: Inventory,
  which: StepOfPlan,
  signal: AbortSignal,
): Promise<SeenStep['seen']> {
  const host = gateOfStep(inventory, which.step);
  if ('missing' in host) return 'unreachable';
  signal.throwIfAborted();
  try {
    return seenIn(await gate.look(host, stepToken(which), signal));
  } catch (error) {
    if (error instanceof PortError) return 'unreachable';
    throw error;
  }
}

function seenIn(reply: GateReply): SeenStep['seen'] {
  switch (reply.outcome) {
    case 'none':
      return 'none';
    case 'done':
      return reply.exitCode === 0 ? 'done' : 'failed';
    case 'unknown':
      return 'unknown';
    case 'refused':
      return 'unreachable';
  }
}

function gone(reason: string): RepairRemains {
  return { kind: 'gone', reason };
}

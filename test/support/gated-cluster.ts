import { createTemporalHistory } from '../../activities/adapters/temporal-history.ts';
import { parseGateReply } from '../../activities/adapters/ssh/gate-reply.ts';
import { createApplyStep } from '../../activities/apply-step.ts';
import { PortError, type FenceRaiser, type GateClient } from '../../activities/ports.ts';
import { proposalDigest } from '../../activities/proposal-digest.ts';
import { createInspectRepair } from '../../activities/recover-inspect.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import { gateNode, gateScript } from '../infra/gate/gate-node.ts';
import { clusterWorkflowId, repairWorkflowId, taskQueues } from '../../workflows/domain/ids.ts';
import type { ApplyStepInput, ProposeInput, ProposeResult } from '../../workflows/domain/phase-data.ts';
import type { Proposal } from '../../workflows/domain/proposal.ts';
import type { RepairReport } from '../../workflows/domain/repair-report.ts';
import type { cluster } from '../../workflows/index.ts';
import { clusterState } from '../../workflows/messages.ts';
import type { IncidentWorld } from './incident-world.ts';
import { memoryEvidence } from './memory-stores.ts';
import { aProposal } from './proposals.ts';
import { scriptedActivities, type Script } from './scripted-activities.ts';
import { smallInventory } from './small-inventory.ts';

/** Moments of a repair at which a test may step in. */
export interface Moments {
  readonly beforeFirstStep?: (input: ProposeInput['key']) => Promise<void>;
  /** After the effect, before the workflow hears of it. */
  readonly stepDone?: (input: ApplyStepInput) => Promise<void>;
  readonly stepsDone?: (key: ProposeInput['key']) => Promise<void>;
  /** After the authorisation, before the gate on the node hears of it. */
  readonly atGate?: (node: string, stepId: string) => Promise<void>;
}

const nodeNames = ['node-07', 'node-08'] as const;
export type NodeName = (typeof nodeNames)[number];

/**
 * Scripted activities, apart from those that act: authorisation by the real history, the real gate script with a
 * journal for each node, and a tool that writes down each call.
 */
export function gatedCluster(world: IncidentWorld, moments: Moments = {}, script: Script = {}, ownerCheckMs = 200) {
  const gates = { 'node-07': gateNode(), 'node-08': gateNode() };
  const unplugged = new Set<string>();
  const inventories = new Map<string, Inventory>();
  /** What reached a gate: fence and step, in order. */
  const orders: { readonly node: string; readonly fence: string; readonly stepId: string; readonly outcome: string }[] =
    [];
  const ask = async (node: string, request: string) => {
    if (unplugged.has(node)) throw new PortError('unreachable', `${node} does not answer`);
    const gate = gates[node === 'node-07' ? 'node-07' : 'node-08'];
    const reply = await gate.start(gateScript, `wardround-gate/1 ${request}`).ended;
    return parseGateReply(reply.stdout, node);
  };
  const gate: GateClient & FenceRaiser = {
    async apply(node, { token, fence, stepId, args }) {
      await moments.atGate?.(node.name, stepId);
      const reply = await ask(node.name, ['apply', token, fence, stepId, ...args].join(' '));
      const replayed = reply.outcome === 'done' && reply.replayed ? ' again' : '';
      orders.push({ node: node.name, fence, stepId, outcome: `${reply.outcome}${replayed}` });
      return reply;
    },
    look: (node, token) => ask(node.name, `look ${token}`),
    raiseFence: (node, fence) => ask(node.name, `fence ${fence}`),
  };
  const history = createTemporalHistory(world.client.workflow);
  const applyStep = createApplyStep({ history, gate, evidence: memoryEvidence(), inventories });
  const scripted = scriptedActivities({ propose: (input) => proposed(input), ...script });
  const { activities, calls } = scripted;
  const entity = () => world.client.workflow.getHandle(clusterWorkflowId(world.clusterName()));

  return {
    calls,
    orders,
    unplugged,
    gates,
    entity,
    state: () => entity().query(clusterState),
    repairOf: (incidentRunId: string) => world.client.workflow.getHandle(repairWorkflowId(incidentRunId, 1)),
    /** A new entity under the same name, which knows of nothing. */
    async restartEntity() {
      await entity().terminate('lost');
      await startEntity(world, ownerCheckMs);
    },
    /** Workers, and an entity that looks after its leases all the time. */
    async start() {
      const stop = await world.startWorkers({
        ...activities,
        async recordUndo(input: { readonly key: ProposeInput['key'] }) {
          await moments.beforeFirstStep?.(input.key);
          return activities.recordUndo();
        },
        async measureSeverity(input: Parameters<typeof activities.measureSeverity>[0]) {
          if (input.moment === 'after') await moments.stepsDone?.(input.key);
          return activities.measureSeverity(input);
        },
        async applyStep(input: ApplyStepInput) {
          calls.push(`applyStep ${input.direction} ${input.step.index}`);
          const outcome = await applyStep(input);
          await moments.stepDone?.(input);
          return outcome;
        },
        inspectRepair: createInspectRepair({ repairs: history, gate, inventories }),
        adoptRepair: ({ workflowId }: { readonly workflowId: string }) =>
          world.client.workflow.getHandle(workflowId).result() as Promise<RepairReport>, // the id of a repair
      });
      inventories.set(world.clusterName(), inventoryOf(world.clusterName()));
      await startEntity(world, ownerCheckMs);
      return async () => {
        await entity().terminate('the test is over');
        await stop();
        for (const node of nodeNames) gates[node].remove();
      };
    },
  };
}

async function startEntity(world: IncidentWorld, ownerCheckMs: number): Promise<void> {
  const timing = { quietMs: 300, lookPauseMs: 100, askMs: 20_000, ownerCheckMs };
  await world.client.workflow.start<typeof cluster>('cluster', {
    workflowId: clusterWorkflowId(world.clusterName()),
    taskQueue: taskQueues.incidents,
    args: [{ cluster: world.clusterName(), timing }],
  });
}

/** The first node gets its clocks back, the second its power limit: two steps, each with its undo. */
export function twoSteps(second: NodeName): Pick<Proposal, 'steps' | 'undo' | 'blastRadius' | 'fleetNodes'> {
  const { blastRadius } = aProposal();
  return {
    steps: [
      { index: 1, stepId: 'gpu-clocks-reset', node: 'node-07', args: ['3'], rendered: 'nvidia-smi -i 3 -rgc' },
      { index: 2, stepId: 'gpu-power-limit', node: second, args: ['3', '400'], rendered: 'nvidia-smi -i 3 -pl 400' },
    ],
    undo: [
      {
        index: 1,
        undoes: 1,
        stepId: 'gpu-clocks-lock',
        node: 'node-07',
        args: ['3', '210', '210'],
        rendered: 'nvidia-smi -i 3 -lgc 210,210',
      },
      {
        index: 2,
        undoes: 2,
        stepId: 'gpu-power-limit',
        node: second,
        args: ['3', '300'],
        rendered: 'nvidia-smi -i 3 -pl 300',
      },
    ],
    blastRadius: { ...blastRadius, nodes: [...new Set(['node-07', second])] },
    // Two nodes at once are within the share of the fleet.
    fleetNodes: 20,
  };
}

/** A proposal of this very incident, with the digest that it really has. */
export function proposed(input: ProposeInput, second: NodeName = 'node-08'): ProposeResult {
  const { cluster: name, workflowId, runId } = input.key;
  const body = aProposal({
    ...twoSteps(second),
    number: input.number,
    cluster: name,
    incident: { workflowId, runId },
    createdAtMs: input.createdAtMs,
    expiresAtMs: input.createdAtMs + input.approvalMs,
  });
  return { kind: 'proposal', proposal: { ...body, digest: proposalDigest(body) } };
}

function inventoryOf(name: string): Inventory {
  const small = smallInventory();
  const [first] = small.nodes;
  if (first === undefined) throw new Error('the small inventory has nodes');
  return { ...small, cluster: name, nodes: nodeNames.map((node) => ({ ...first, name: node })) };
}

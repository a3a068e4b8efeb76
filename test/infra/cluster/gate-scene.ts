import { randomBytes } from 'node:crypto';
import { gateOfStep } from '../../../activities/gate-of-step.ts';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { createSshGateClient } from '../../../activities/adapters/ssh/gate-client.ts';
import { createSshProbeRunner } from '../../../activities/adapters/ssh/probe-runner.ts';
import { runLine } from '../../../infra/cluster/commands/index.ts';
import { managementHost } from '../../../infra/cluster/management.ts';
import type { Simulator } from '../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../infra/cluster/world.ts';
import type { GateReply } from '../../../kb/schemas/gate.ts';
import { gateSteps } from '../../../kb/remediations/gate-steps.ts';
import { probeById } from '../../../kb/probes/index.ts';
import { readNodes } from '../../../workers/cli/probe-run.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import type { Step } from '../../../workflows/domain/proposal.ts';
import { heldCluster, minutes } from './held-cluster.ts';

export type StepName = keyof typeof gateSteps;
export const stepNames = Object.keys(gateSteps).filter(isStepName);

function isStepName(name: string): name is StepName {
  return Object.hasOwn(gateSteps, name);
}

/** A step as a plan asks for it. */
export interface Order {
  readonly step: StepName;
  readonly node: string;
  readonly args?: readonly string[];
  /** Of a step that both places can do; those of the management host alone go there anyway. */
  readonly on?: 'management';
}

/** A simulated cluster with its servers, the product's own client of the gate, and a clock that the test moves. */
export async function gateScene(settings: Readonly<Record<string, unknown>>) {
  const held = heldCluster(settings);
  const cluster = await held.start();
  const { simulator } = cluster;
  const [inventory] = loadInventories(cluster.inventoryPath).values();
  if (inventory === undefined) throw new Error('a cluster has an inventory');
  const client = createSshGateClient({ privateKey: held.keys.remediation.private });
  let fences = 0;

  const ask = async (stepId: string, args: readonly string[], at: Pick<Step, 'node' | 'on'>): Promise<GateReply> => {
    const host = gateOfStep(inventory, at);
    if ('missing' in host) throw new Error(host.missing);
    fences += 1;
    const token = randomBytes(16).toString('hex');
    return client.apply(host, { token, fence: `${simulator.time.nowMs()}.${fences}`, stepId, args });
  };
  const apply = ({ step, node, args = [], on }: Order): Promise<GateReply> => {
    const declared: { readonly id: string; readonly on?: 'both' | 'management' } = gateSteps[step];
    const place = on ?? (declared.on === 'management' ? 'management' : undefined);
    return ask(declared.id, args, { node, ...(place === undefined ? {} : { on: place }) });
  };
  const runner = createSshProbeRunner({ privateKey: held.keys.probe.private, limits: { perNodeMinuteMax: 1_000 } });
  return {
    simulator,
    inventory,
    apply,
    /** A step of a plan. */
    applyStep: ({ stepId, args, node, on }: Step) => ask(stepId, args, { node, ...(on === undefined ? {} : { on }) }),
    /** What a probe finds on a node, read with the probe key as an incident would. */
    async probe(id: string, node: string): Promise<readonly Finding[]> {
      const probe = probeById(id);
      if (probe === undefined) throw new Error(`there is no probe ${id}`);
      const signal = AbortSignal.timeout(30_000);
      const [reading] = await readNodes({ probe, args: null, inventory, nodes: [node], runner, load: false, signal });
      if (reading?.read !== true) throw new Error(`${id} on ${node}: ${reading?.reason}`);
      return reading.findings.map((one, at) => ({
        ...one,
        id: `fi_${at}`,
        node,
        count: 1,
        range: { evidenceId: 'ev_0', source: `probe ${id} on ${node}` },
      }));
    },
    /** Applies steps that must all be done with exit 0. */
    async mend(...orders: readonly Order[]) {
      for (const order of orders) {
        const reply = await apply(order);
        if (reply.outcome !== 'done' || reply.exitCode !== 0)
          throw new Error(`${order.step} on ${order.node}: ${JSON.stringify(reply)}`);
      }
    },
    reads: (node: string, line: string) => readsOf(simulator, node, line),
    present: () => simulator.activeFaults().map(({ id }) => id),
    pass: (count: number) => held.pass(minutes(count)),
    async close() {
      runner.close();
      await cluster.stop();
      held.remove();
    },
  };
}

export type GateScene = Awaited<ReturnType<typeof gateScene>>;

/** All that a command prints on a node, or on the management host. */
function readsOf({ world, time, act, timeline }: Simulator, name: string, line: string): string {
  const isManagement = name === world.management.name;
  const node = isManagement ? managementHost(world) : findNode(world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  const own = timeline.of(node);
  const host = isManagement ? 'management' : 'node';
  const context = { world: own.world, timeline: own, node, host, nowMs: time.nowMs(), root: true, act } as const;
  const { stdout, stderr } = runLine(context, line);
  return stdout + stderr;
}

/** Pid and start time of the process on a GPU that no job knows, as the node lists them. */
export function strangerOn(scene: GateScene, node: string): readonly [pid: string, startTicks: string] {
  const rows = scene.reads(node, 'wardround-job holders').split('\n');
  const row = rows.find((one) => /^\d+ \d+ \S+ (pt_main_thread|python3|xmr-cuda) \S+ \S+ no$/.test(one));
  const [pid, startTicks] = row?.split(' ') ?? [];
  if (pid === undefined || startTicks === undefined) throw new Error(`no stranger on ${node}: ${rows.join(';')}`);
  return [pid, startTicks];
}

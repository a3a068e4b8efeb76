import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { CommandResult } from '../../../../infra/cluster/commands/command.ts';
import { managementHost } from '../../../../infra/cluster/management.ts';
import { nodeLogLines, type NodeLog } from '../../../../infra/cluster/logs/node-sources/index.ts';
import { rankLines } from '../../../../infra/cluster/logs/rank.ts';
import type { Asked, Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { metricOf } from '../faults/on-node.ts';
import { heldCluster, minutes } from '../held-cluster.ts';
import { onNode } from '../job-tools.ts';

/** The node and the GPU that are struck unless a row says otherwise, and a node of another rack that is well. */
export const struck = { node: 'node-03', gpu: 3 } as const;
export const well = 'node-06';

/** What an engineer has before them some time after a fault began. */
export interface Scene {
  readonly simulator: Simulator;
  pass(count: number): void;
  /** stdout and stderr of a command on the struck node. */
  on(line: string, node?: string): string;
  result(line: string, node?: string): CommandResult;
  /** One row of a CSV query of nvidia-smi. */
  gpu(fields: string, gpu?: number, node?: string): string;
  dmesg(node?: string): string;
  /** `ipmitool` on the management host. */
  bmc(verb: string, node?: string): string;
  log(log: NodeLog, node?: string): string;
  /** What the rank of a GPU wrote. */
  rank(gpu: number, node?: string): string;
  metric(name: string, gpu?: number, node?: string): number | undefined;
  /** `running`, `hung`, `ended` …; and the mean step while it runs. */
  job(): { readonly phase: string; readonly stepS: number; readonly state: string };
  present(): readonly string[];
  /** The job is put back into the queue, and starts again if it can. */
  requeue(count?: number): void;
  drainAndStop(): void;
}

export function scene(fault: string | null, asked: Asked = {}, afterMin = 3) {
  const held = heldCluster({ nodes: 8 });
  const simulator = held.open();
  held.pass(minutes(5));
  const target = asked.target ?? (fault !== null && wholeNode.test(fault) ? { node: struck.node } : struck);
  if (fault !== null) simulator.inject(fault, { ...asked, target });
  held.pass(minutes(afterMin));
  const nodeOf = (name: string) => {
    const node = findNode(simulator.world, name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  };
  const made: Scene = {
    simulator,
    pass: (count) => held.pass(minutes(count)),
    result: (line, node = struck.node) => onNode(simulator, node, line),
    on(line, node = struck.node) {
      const { stdout, stderr } = onNode(simulator, node, line);
      return stdout + stderr;
    },
    gpu: (fields, gpu = struck.gpu, node = struck.node) =>
      made.on(`nvidia-smi -i ${gpu} --query-gpu=${fields} --format=csv,noheader,nounits`, node).trim(),
    dmesg: (node = struck.node) => made.on('dmesg --time-format iso --level emerg,alert,crit,err,warn', node),
    bmc(verb, node = struck.node) {
      const { world, timeline, time, act } = simulator;
      const line = `ipmitool -I lanplus -H bmc-${node} -U wardround -f /etc/wardround/bmc-password ${verb}`;
      const context = { world, timeline, node: managementHost(world), nowMs: time.nowMs(), root: true, act };
      const { stdout, stderr } = runLine({ ...context, host: 'management' }, line);
      return stdout + stderr;
    },
    log: (log, node = struck.node) =>
      nodeLogLines(simulator.timeline, nodeOf(node), log, simulator.time.nowMs() - minutes(120), simulator.time.nowMs())
        .map(({ text }) => text)
        .join('\n'),
    rank: (gpu, node = struck.node) =>
      rankLines(simulator.timeline, nodeOf(node), gpu, simulator.time.nowMs() - minutes(120), simulator.time.nowMs())
        .map(({ text }) => text)
        .join('\n'),
    metric: (name, gpu = struck.gpu, node = struck.node) =>
      metricOf(simulator, name, { Hostname: node, gpu: String(gpu) }),
    job() {
      const { phase, meanStepMs } = simulator.timeline.segmentAt(simulator.time.nowMs());
      const state = phase.kind === 'ended' ? phase.death.slurmState : '';
      return { phase: phase.kind, stepS: (meanStepMs ?? NaN) / 1000, state };
    },
    present: () => simulator.activeFaults().map(({ id }) => id),
    requeue(count = 2.5) {
      simulator.act([{ kind: 'job-requeue', hold: false }]);
      held.pass(minutes(count));
    },
    drainAndStop() {
      simulator.act([{ kind: 'job-requeue', hold: true }]);
      held.pass(minutes(1));
    },
  };
  return {
    ...made,
    close() {
      simulator.close();
      held.remove();
    },
  };
}

/** Faults that strike a node as a whole. */
const wholeNode = /^(node-|psu-|nvswitch|fabricmanager|driver-|uvm|peermem|dimm|cpu-|applications)/;

import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { CommandResult } from '../../../../infra/cluster/commands/command.ts';
import { managementHost } from '../../../../infra/cluster/management.ts';
import { kernelLines } from '../../../../infra/cluster/logs/kernel.ts';
import { rankLines } from '../../../../infra/cluster/logs/rank.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes } from '../held-cluster.ts';

/** Ten nodes with one job, after five quiet minutes; node-09 and node-10 are on another leaf. */
export function networkCluster(seed: number) {
  const held = heldCluster({ nodes: 10, seed });
  const simulator = held.open();
  held.pass(minutes(5));
  return { held, simulator, ...toolsOf(simulator) };
}

export type NetworkCluster = ReturnType<typeof networkCluster>;

function toolsOf(simulator: Simulator) {
  const { world, timeline, time, act } = simulator;
  const nodeNamed = (name: string) => {
    const node = findNode(world, name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  };
  const on = (name: string, line: string, root = false): CommandResult =>
    runLine({ world, timeline, node: nodeNamed(name), nowMs: time.nowMs(), root, act }, line);
  return {
    on,
    root: (name: string, line: string) => on(name, line, true),
    managed: (line: string, root = false): CommandResult =>
      runLine(
        { world, timeline, node: managementHost(world), host: 'management', nowMs: time.nowMs(), root, act },
        line,
      ),
    phase: () => timeline.segmentAt(time.nowMs()).phase.kind,
    /** What all ranks of the first job wrote since a moment. */
    ranksSaid: (fromMs: number) =>
      world.job.nodes.flatMap((index) => {
        const node = world.nodes[index];
        if (node === undefined) return [];
        return node.gpus.flatMap((gpu) =>
          rankLines(timeline, node, gpu.index, fromMs, time.nowMs()).map(({ text }) => ({ node: node.name, text })),
        );
      }),
    kernelSaid: (name: string, fromMs: number) =>
      kernelLines(timeline, nodeNamed(name), fromMs, time.nowMs(), { boot: false }).map(({ text }) => text),
    /** Any other node of the job. */
    sibling: (name: string) => world.nodes.find((node) => node.name !== name && node.name !== 'node-01')?.name ?? '',
  };
}

export function counterIn(text: string, name: string): number {
  return Number(new RegExp(`^ *${name}:[. ]*(\\d+)$`, 'm').exec(text)?.[1] ?? 'none');
}

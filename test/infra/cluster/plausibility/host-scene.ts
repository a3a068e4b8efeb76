import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { CommandResult } from '../../../../infra/cluster/commands/command.ts';
import type { Segment } from '../../../../infra/cluster/physics/segment.ts';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes } from '../held-cluster.ts';
import { logsBetween, slotLog } from '../job-tools.ts';

/** The node that is struck, and one that is well. */
export const struck = 'node-02';
export const well = 'node-03';

/** A small cluster on which a fault was injected some minutes ago, and what an engineer would do there. */
export function hostScene(fault: string | null, asked: Asked = {}, afterMin = 4) {
  const held = heldCluster();
  const simulator = held.open();
  held.pass(minutes(3));
  const fromMs = simulator.time.nowMs();
  if (fault !== null) simulator.inject(fault, asked);
  held.pass(minutes(afterMin));
  const { world } = simulator;
  const result = (line: string, name = struck): CommandResult => {
    const node = findNode(world, name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    const { timeline, time, act } = simulator;
    return runLine({ world, timeline, node, nowMs: time.nowMs(), root: true, act }, line);
  };
  const on = (line: string, name = struck): string => {
    const { stdout, stderr, exitCode } = result(line, name);
    if (exitCode !== 0) throw new Error(`${line} on ${name}: ${exitCode} ${stderr}${stdout}`);
    return stdout;
  };
  const segment = (): Segment => simulator.timeline.segmentAt(simulator.time.nowMs());
  const logs = () => logsBetween(simulator, fromMs - minutes(1), simulator.time.nowMs() + 1);
  return {
    simulator,
    result,
    on,
    pass: (count: number) => held.pass(minutes(count)),
    phase: () => segment().phase.kind,
    stepS: () => (segment().meanStepMs ?? Infinity) / 1000,
    present: () => simulator.activeFaults().map(({ id }) => id),
    dmesg: (name = struck) => on('dmesg --time-format iso --level emerg,alert,crit,err,warn', name),
    rank: (rank: number) => slotLog(simulator, logs(), Math.floor(rank / world.gpusPerNode), rank % world.gpusPerNode),
    ranksOf: (name: string) =>
      Array.from({ length: world.gpusPerNode }, (_, gpu) =>
        slotLog(simulator, logs(), findNode(world, name)?.index ?? 0, gpu),
      ).join(''),
    log: (name: string, log: string) => logs().get(`logs/${world.cluster}/${name}/${log}`) ?? '',
    sacct: () =>
      on('sacct -P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days')
        .trim()
        .split('|'),
    job: () => on(`scontrol show job ${world.job.slurmId}`),
    id: world.job.slurmId,
    requeue(afterRequeueMin = 3) {
      on(`scontrol requeue ${world.job.slurmId}`);
      held.pass(minutes(afterRequeueMin));
    },
    close() {
      simulator.close();
      held.remove();
    },
  };
}

export type HostScene = ReturnType<typeof hostScene>;

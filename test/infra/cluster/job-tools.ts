import { runLine } from '../../../infra/cluster/commands/index.ts';
import type { CommandResult } from '../../../infra/cluster/commands/command.ts';
import { processesOf, startTicksOf } from '../../../infra/cluster/commands/host/process-list.ts';
import { windowObjects } from '../../../infra/cluster/logs/windows.ts';
import type { Segment } from '../../../infra/cluster/physics/segment.ts';
import { lastStepAt, iterationOf } from '../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../infra/cluster/world.ts';

/** Runs a command line on a node, as root unless told otherwise. */
export function onNode(simulator: Simulator, name: string, line: string, root = true): CommandResult {
  const { world, timeline, time, act } = simulator;
  const node = findNode(world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return runLine({ world, timeline, node, nowMs: time.nowMs(), root, act }, line);
}

/** Field 22 of /proc/PID/stat, which `wardround-fix kill` asks for. */
export function startTicks(simulator: Simulator, name: string, pid: number): number {
  const { world, timeline, time, act } = simulator;
  const node = findNode(world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  const context = { world, timeline, node, nowMs: time.nowMs(), root: true, act };
  const process = processesOf(context).find((one) => one.pid === pid);
  if (process === undefined) throw new Error(`there is no process ${pid} on ${name}`);
  return startTicksOf(context, process);
}

export function segmentNow(simulator: Simulator): Segment {
  return simulator.timeline.segmentAt(simulator.time.nowMs());
}

export function iterationNow(simulator: Simulator): number {
  return iterationOf(simulator.timeline, lastStepAt(simulator.timeline, simulator.time.nowMs()));
}

/** All that was logged between two moments, by key without its times. */
export function logsBetween(simulator: Simulator, fromMs: number, toMs: number): ReadonlyMap<string, string> {
  const objects = windowObjects(simulator.timeline, fromMs, toMs);
  return new Map(objects.map(({ key, text }) => [key.replace(/\/[^/]*$/, ''), text]));
}

/** The log of the slot of a GPU. */
export function slotLog(simulator: Simulator, logs: ReadonlyMap<string, string>, node: number, gpu: number): string {
  const rank = String(node * simulator.world.gpusPerNode + gpu).padStart(5, '0');
  return logs.get(`logs/${simulator.world.cluster}/${simulator.world.job.name}/rank-${rank}`) ?? '';
}

import { runLine } from '../../../infra/cluster/commands/index.ts';
import type { CommandResult } from '../../../infra/cluster/commands/command.ts';
import { windowObjects } from '../../../infra/cluster/logs/windows.ts';
import { lastStepAt, iterationOf, type Segment } from '../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../infra/cluster/world.ts';

/** Runs a command line on a node, as root unless told otherwise. */
export function onNode(simulator: Simulator, name: string, line: string, root = true): CommandResult {
  const { world, timeline, time, act } = simulator;
  const node = findNode(world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return runLine({ world, timeline, node, nowMs: time.nowMs(), root, act }, line);
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

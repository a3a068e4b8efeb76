import { runLine } from '../../../../infra/cluster/commands/index.ts';
import { metrics } from '../../../../infra/cluster/metrics/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';

/** What a command prints on a node now; it must succeed. */
export function outputOn(simulator: Simulator, node: string, line: string, root = false): string {
  const { world, timeline, time, act } = simulator;
  const found = findNode(world, node);
  if (found === undefined) throw new Error(`there is no ${node}`);
  const result = runLine({ world, timeline, node: found, nowMs: time.nowMs(), root, act }, line);
  if (result.exitCode !== 0) throw new Error(`${line}: ${result.exitCode} ${result.stderr}${result.stdout}`);
  return result.stdout;
}

/** The value of the one series of a metric that has these labels, now or at a moment. */
export function metricOf(
  simulator: Simulator,
  name: string,
  labels: Readonly<Record<string, string>>,
  atMs = simulator.time.nowMs(),
): number | undefined {
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) throw new Error(`there is no metric ${name}`);
  const series = metric
    .series(simulator.timeline)
    .filter((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value));
  if (series.length !== 1) throw new Error(`${series.length} series of ${name} match`);
  return series[0]?.at(atMs);
}

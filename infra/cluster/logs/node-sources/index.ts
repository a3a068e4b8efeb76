import { isUp } from '../../physics/node-life.ts';
import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import { within, type LogLine } from '../line.ts';
import { exporterLines } from './exporters.ts';
import { fabricManagerLines } from './fabricmanager.ts';
import { gpuUnitLines } from './gpu-units.ts';
import type { NodeLog, NodeSource } from './node-source.ts';
import { slurmdLines } from './slurmd.ts';
import { managerReloadLines, refusedCredentialLines, stepEndLines } from './host.ts';
import { fabricManagerUnitLines, unitLines } from './units.ts';

export { nodeLogs, type NodeLog } from './node-source.ts';

/** Everything that daemons of a node write. */
export const nodeSources: readonly NodeSource[] = [
  managerReloadLines,
  refusedCredentialLines,
  stepEndLines,
  exporterLines,
  fabricManagerLines,
  gpuUnitLines,
  slurmdLines,
  fabricManagerUnitLines,
  unitLines,
];

/** One log of a node from `fromMs` up to `toMs`; older than the recorded past too, for tools that read the file. */
export function nodeLogLines(
  cluster: Timeline,
  node: WorldNode,
  log: NodeLog,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const timeline = cluster.of(node);
  const lines = nodeSources
    .filter((source) => source.log === log)
    .flatMap((source) => source.lines(timeline, node, fromMs, toMs));
  return within(lines, fromMs, toMs).filter(({ atMs }) => isUp(timeline.segmentAt(atMs).settings, node.name, atMs));
}

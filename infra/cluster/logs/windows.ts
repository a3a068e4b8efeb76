import type { Timeline } from '../physics/timeline.ts';
import { kernelLines, kernelLogText } from './kernel.ts';
import type { LogLine } from './line.ts';
import { managementLogLines, managementLogs } from './management-sources/index.ts';
import { nodeLogLines, nodeLogs } from './node-sources/index.ts';
import { rankLines } from './rank.ts';
import { asStamped } from './wrong-clock.ts';

export interface LogObject {
  readonly key: string;
  readonly text: string;
}

/** Key templates, as the inventory publishes them. */
export const logLayout = {
  rank: 'logs/{cluster}/{job}/rank-{rank}/{fromMs}-{toMs}.log',
  kernel: 'logs/{cluster}/{node}/kernel/{fromMs}-{toMs}.log',
} as const;

/** Logs of daemons are shipped beside the kernel's: `fabricmanager`, `slurmd`, `syslog`; `slurmctld` of the management host. */
const nodeLogKey = 'logs/{cluster}/{node}/{log}/{fromMs}-{toMs}.log';

/**
 * All objects of one window of cluster time. A source that wrote nothing has no object; the lines of one that is not
 * `wanted` are not even made.
 */
export function windowObjects(
  timeline: Timeline,
  fromMs: number,
  toMs: number,
  wanted: (key: string) => boolean = () => true,
): readonly LogObject[] {
  const { world } = timeline;
  const objects: LogObject[] = [];
  const add = (template: string, values: Readonly<Record<string, string>>, write: () => readonly LogLine[]) => {
    const key = fill(template, { ...values, cluster: world.cluster, fromMs: String(fromMs), toMs: String(toMs) });
    if (!wanted(key)) return;
    const text = write()
      .map((line) => `${line.text}\n`)
      .join('');
    if (text !== '') objects.push({ key, text });
  };
  for (const node of world.nodes) {
    add(logLayout.kernel, { node: node.name }, () => {
      const kernel = kernelLines(timeline, node, fromMs, toMs, { boot: false });
      return asStamped(
        timeline,
        node,
        kernel.map((line) => ({ ...line, text: kernelLogText(node, line) })),
      );
    });
    for (const gpu of node.gpus) {
      const { job } = timeline.of(node).world;
      const slot = job.partition.indexOf(node.index) * world.gpusPerNode + gpu.index;
      add(logLayout.rank, { job: job.name, rank: String(slot).padStart(5, '0') }, () =>
        asStamped(timeline, node, rankLines(timeline, node, gpu.index, fromMs, toMs)),
      );
    }
    for (const log of nodeLogs)
      add(nodeLogKey, { node: node.name, log }, () =>
        asStamped(timeline, node, nodeLogLines(timeline, node, log, fromMs, toMs)),
      );
  }
  for (const log of managementLogs)
    add(nodeLogKey, { node: world.management.name, log }, () => managementLogLines(timeline, log, fromMs, toMs));
  return objects;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `{${name}}`);
}

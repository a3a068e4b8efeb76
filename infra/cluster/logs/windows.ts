import type { Timeline } from '../physics/timeline.ts';
import { kernelLines, kernelLogText } from './kernel.ts';
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

/** All objects of one window of cluster time. A source that wrote nothing has no object. */
export function windowObjects(timeline: Timeline, fromMs: number, toMs: number): readonly LogObject[] {
  const { world } = timeline;
  const objects: LogObject[] = [];
  const add = (template: string, values: Readonly<Record<string, string>>, lines: readonly string[]) => {
    if (lines.length === 0) return;
    const all = { ...values, cluster: world.cluster, fromMs: String(fromMs), toMs: String(toMs) };
    objects.push({ key: fill(template, all), text: lines.map((line) => `${line}\n`).join('') });
  };
  for (const node of world.nodes) {
    const kernel = kernelLines(timeline, node, fromMs, toMs, { boot: false });
    add(
      logLayout.kernel,
      { node: node.name },
      asStamped(
        timeline,
        node,
        kernel.map((line) => ({ ...line, text: kernelLogText(node, line) })),
      ).map((line) => line.text),
    );
    for (const gpu of node.gpus) {
      const { job } = timeline.of(node).world;
      const slot = job.partition.indexOf(node.index) * world.gpusPerNode + gpu.index;
      add(
        logLayout.rank,
        { job: job.name, rank: String(slot).padStart(5, '0') },
        asStamped(timeline, node, rankLines(timeline, node, gpu.index, fromMs, toMs)).map((line) => line.text),
      );
    }
    for (const log of nodeLogs) {
      const lines = asStamped(timeline, node, nodeLogLines(timeline, node, log, fromMs, toMs));
      add(
        nodeLogKey,
        { node: node.name, log },
        lines.map((line) => line.text),
      );
    }
  }
  for (const log of managementLogs) {
    const lines = managementLogLines(timeline, log, fromMs, toMs);
    add(
      nodeLogKey,
      { node: world.management.name, log },
      lines.map((line) => line.text),
    );
  }
  return objects;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `{${name}}`);
}

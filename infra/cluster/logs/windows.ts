import type { Timeline } from '../physics/timeline.ts';
import { kernelLines, kernelLogText } from './kernel.ts';
import { rankLines } from './rank.ts';

export interface LogObject {
  readonly key: string;
  readonly text: string;
}

/** Key templates, as the inventory publishes them. */
export const logLayout = {
  rank: 'logs/{cluster}/{job}/rank-{rank}/{fromMs}-{toMs}.log',
  kernel: 'logs/{cluster}/{node}/kernel/{fromMs}-{toMs}.log',
} as const;

/** All objects of one window of cluster time. A source that wrote nothing has no object. */
export function windowObjects(timeline: Timeline, fromMs: number, toMs: number): readonly LogObject[] {
  const { world } = timeline;
  const objects: LogObject[] = [];
  const add = (template: string, values: Readonly<Record<string, string>>, lines: readonly string[]) => {
    if (lines.length === 0) return;
    const all = { ...values, cluster: world.cluster, job: world.job.name, fromMs: String(fromMs), toMs: String(toMs) };
    objects.push({ key: fill(template, all), text: lines.map((line) => `${line}\n`).join('') });
  };
  for (const node of world.nodes) {
    const kernel = kernelLines(timeline, node, fromMs, toMs, { boot: false });
    add(
      logLayout.kernel,
      { node: node.name },
      kernel.map((line) => kernelLogText(node, line)),
    );
    for (const gpu of node.gpus) {
      const rank = String(node.index * world.gpusPerNode + gpu.index).padStart(5, '0');
      const lines = rankLines(timeline, node, gpu.index, fromMs, toMs);
      add(
        logLayout.rank,
        { rank },
        lines.map((line) => line.text),
      );
    }
  }
  return objects;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `{${name}}`);
}

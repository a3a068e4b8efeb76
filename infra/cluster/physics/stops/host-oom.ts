import { findNode } from '../../world.ts';
import type { StopCause } from '../job.ts';
import { memoryFullMs, trainerOf } from '../memory.ts';

/** The kernel kills the largest process of a node without memory, or of a job at its limit: a trainer. */
export const hostOom: StopCause = ({ world, settings, attempt }) => {
  const limited = attempt.memoryLimitMib === null ? [] : attempt.nodes.slice(0, 1).map((at) => world.nodes[at]);
  const nodes = [...limited, ...[...settings.leaks.keys()].map((name) => findNode(world, name))];
  const deaths = nodes.flatMap((node) => {
    if (node === undefined) return [];
    const full = memoryFullMs(settings, attempt, node);
    if (full === null) return [];
    const sizes = node.gpus.map((gpu) => trainerOf(world, attempt, node.index, gpu.index));
    return [
      {
        atMs: full.atMs,
        node: node.index,
        gpu: sizes.indexOf(Math.max(...sizes)),
        exitCode: -9,
        lastWords: () => [],
        slurmState: 'OUT_OF_MEMORY' as const,
      },
    ];
  });
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

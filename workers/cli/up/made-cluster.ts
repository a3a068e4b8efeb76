import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** What a simulated cluster is made with, and keeps. */
export interface ClusterShape {
  readonly seed: number;
  readonly nodes: number;
  /** Cluster seconds in a wall second. */
  readonly rate: number;
  /** Left out, the number of jobs follows from that of the nodes. */
  readonly jobs?: number;
}

/** The part of the simulator's own record that its start has to agree with. */
const madeSchema = z.object({
  shape: z.object({ seed: z.int(), nodes: z.int(), jobs: z.int().default(1) }),
  clock: z.object({ rate: z.number() }),
});
const newCluster = { nodes: 10, rate: 20 };

/**
 * A cluster that exists keeps what it was made with; another size or speed that somebody asks for is for it to refuse.
 * `seed` is for one that is yet to be made.
 */
export function shapeOf(stateDir: string, seed: number, asked: Partial<Omit<ClusterShape, 'seed'>>): ClusterShape {
  return { ...(madeShape(stateDir) ?? { seed, ...newCluster }), ...asked };
}

/** `null` when the cluster is yet to be made. */
function madeShape(stateDir: string): ClusterShape | null {
  try {
    const { shape, clock } = madeSchema.parse(JSON.parse(readFileSync(path.join(stateDir, 'cluster.json'), 'utf8')));
    return { seed: shape.seed, nodes: shape.nodes, rate: clock.rate, jobs: shape.jobs };
  } catch {
    return null;
  }
}

import type { World } from '../world.ts';
import type { Attempt } from './job.ts';

export interface AttemptLayout {
  readonly pipelineParallel: number;
  readonly dataParallel: number;
  /** Sequences a step: what is left of the job's global batch when every replica gets as many. */
  readonly globalBatch: number;
}

/** How an attempt is laid out on the nodes that it got. */
export function layoutOf({ job }: World, { nodes }: Attempt): AttemptLayout {
  const pipelineParallel = nodes.length % job.pipelineParallel === 0 ? job.pipelineParallel : 1;
  const dataParallel = Math.max(1, nodes.length / pipelineParallel);
  return { pipelineParallel, dataParallel, globalBatch: job.globalBatch - (job.globalBatch % dataParallel) };
}

import type { SlowCause } from './slow-cause.ts';

/** Page caches are cold and kernels are tuned anew: all ranks take longer for their first steps. */
export const warmUp: SlowCause = ({ world, attempt, fact }) => {
  const hostMs = fact({ fact: 'job.warm-up-ms', place: world.job.name });
  return hostMs === 0 ? [] : attempt.nodes.map((node) => ({ node, hostMs }));
};

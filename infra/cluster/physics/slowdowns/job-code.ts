import { integer } from '../../noise.ts';
import { collectingRank } from '../gc-pauses.ts';
import { rankAt } from '../rank-place.ts';
import type { SlowCause } from './slow-cause.ts';

/** A rank whose shards take longer to decode than a step: it has no data for the rest. */
export const slowShards: SlowCause = ({ world, attempt, facts }) =>
  facts('job.shard-decode-ms').flatMap(({ place, value }) => {
    const at = rankAt(world, attempt, place);
    return at === null ? [] : [{ node: at.node, gpu: at.gpu, inputMs: value }];
  });

/** One rank after the other stops for a full garbage collection, and all wait for it. */
export const gcPauses: SlowCause = ({ world, settings, attempt, atMs }) => {
  const at = collectingRank(world, settings, attempt, atMs);
  return at === null ? [] : [{ node: at.node, gpu: at.gpu, hostMs: at.pauseMs }];
};

/** All ranks compile at the same time: their shapes change together. */
export const recompiles: SlowCause = ({ world, attempt, fact }) => {
  const hostMs = fact({ fact: 'job.recompile-ms', place: world.job.name });
  return hostMs === 0 ? [] : attempt.nodes.map((node) => ({ node, hostMs }));
};

/** How long the same replica has the longest sequences: samples come bucketed by their source. */
const bucketMs = 90_000;

/** One replica after the other has the longest sequences; here a replica is a node. */
export const sequenceSkew: SlowCause = ({ world, attempt, atMs, facts }) =>
  facts('job.sequence-skew').flatMap(({ place, value, sinceMs }) => {
    if (place !== world.job.name) return [];
    const bucket = Math.floor(sinceMs / bucketMs);
    const node = attempt.nodes[integer(world.seed, attempt.nodes.length, 'longest-sequences', bucket)];
    return node === undefined || atMs < sinceMs ? [] : [{ node, computeFactor: value }];
  });

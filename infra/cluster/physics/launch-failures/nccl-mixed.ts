import { findNode } from '../../world.ts';
import type { DyingRank } from '../job.ts';
import { allAtLaunch, atLaunch } from '../launch-state.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { ncclFailure } from './two-ranks-one-gpu.ts';

const beforeRunMs = 8_950;

/**
 * Ranks tell each other what they are in a record whose size is that of their release (`ncclPeerInfo`): 64 bytes in
 * 2.18 to 2.20, 104 in 2.22, which has the fabric's state in it. The older side finds more than it has room for
 * (`bootstrapNetRecv`); a check of versions came with 2.23.
 */
export const ncclMixed: LaunchFailure = ({ world, attempt }) => {
  const odd = allAtLaunch(world, attempt, 'nccl.library')
    .map(({ place, value: version }) => ({ node: findNode(world, place)?.index, version }))
    .find(({ node: at }) => at !== undefined && attempt.nodes.includes(at));
  const usual = atLaunch(world, attempt, { fact: 'job.nccl-version', place: world.job.name });
  if (odd?.node === undefined || odd.version === usual || attempt.nodes.length < 2) return null;
  const { node, version } = odd;
  const truncated = 'Message truncated : received 104 bytes instead of 64';
  return {
    atMs: attempt.runMs - beforeRunMs,
    node,
    gpu: 0,
    exitCode: 1,
    slurmState: 'FAILED',
    lastWords({ host, rank, gpu, pid }: DyingRank) {
      const nccl = `${host}:${pid}:${pid + 214} [${gpu}]`;
      return [
        '',
        `${nccl} bootstrap.cc:77 NCCL WARN ${truncated}`,
        `${nccl} NCCL INFO bootstrap.cc:554 -> 3`,
        `${nccl} NCCL INFO init.cc:908 -> 3`,
        `${nccl} NCCL INFO group.cc:64 -> 3 [Async thread]`,
        ...ncclFailure(rank, 'internal error - please report this issue to the NCCL developers', version, [
          'ncclInternalError: Internal check failed.',
          truncated,
        ]),
      ];
    },
  };
};

import type { Finding } from '../../workflows/domain/finding.ts';
import type { Observation } from './observations.ts';
import { probeIn } from './probe-source.ts';

/** Read from live ranks that stand still; one that is dead has no stack. */
const standsStill = /^job\.stack\.(?!together$)/;
/** Reported by kb/detectors/torch-collectives.ts. */
export const gaveUpId = 'torch.nccl.watchdog-timeout';

/**
 * Ranks that wait may go on by themselves, or give up when their time-out is due and say what they waited for: until then
 * both look the same.
 */
export function timeMayTell(observations: readonly Pick<Observation, 'kind' | 'past'>[]): boolean {
  const present = observations.filter(({ past }) => past !== true);
  return present.some(({ kind }) => standsStill.test(kind.id)) && !present.some(({ kind }) => kind.id === gaveUpId);
}

/** Read from processes of the job while they lived. */
export function isOfLiveRanks({ range }: Pick<Finding, 'range'>): boolean {
  return probeIn(range.source)?.startsWith('job.') === true;
}

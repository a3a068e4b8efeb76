import type { Finding } from '../../workflows/domain/finding.ts';
import type { Observation } from './observations.ts';
import { probeIn } from './probe-source.ts';

/** Read from live ranks that stand still; one that is dead has no stack. */
const standsStill = /^job\.stack\.(?!together$)/;
/** Reported by kb/detectors/torch-collectives.ts. */
const gaveUpId = 'torch.nccl.watchdog-timeout';

/** A rank's time-out came at the alert or later: an earlier one ended an attempt before this one. */
export function gaveUpSince(
  { kind, atMs, lastMs }: Pick<Finding, 'kind' | 'atMs' | 'lastMs'>,
  alertAtMs: number,
): boolean {
  return kind === gaveUpId && (lastMs ?? atMs ?? Number.NEGATIVE_INFINITY) >= alertAtMs;
}

/**
 * Ranks that wait may go on by themselves, or give up when their time-out is due and say what they waited for: until then
 * both look the same.
 */
export function timeMayTell(
  observations: readonly Pick<Observation, 'kind' | 'past' | 'findings'>[],
  alertAtMs: number,
): boolean {
  const present = observations.filter(({ past }) => past !== true);
  return (
    present.some(({ kind }) => standsStill.test(kind.id)) &&
    !present.some(({ findings }) => findings.some((finding) => gaveUpSince(finding, alertAtMs)))
  );
}

/** Reported by kb/probes/job-blocks.ts. */
const noRanksId = 'job.trainers.none';

/**
 * What an earlier look read of ranks that lived then, and that nobody can read any more: where the same was read anew, that
 * counts. That something was in order then says nothing of now.
 */
export function ofRanksSinceDead(earlier: readonly Finding[], now: readonly Finding[]): readonly Finding[] {
  const readAnew = new Set(now.filter(({ kind }) => kind !== noRanksId).map(({ range }) => range.source));
  return earlier.filter(
    ({ kind, role, range }) =>
      probeIn(range.source)?.startsWith('job.') === true &&
      role !== 'clean' &&
      kind !== noRanksId &&
      !readAnew.has(range.source),
  );
}

import { factAt, factSince } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';

/**
 * From its exit to that of the CUDA processes: with `ABORT_CUDA_JOBS_ON_FM_EXIT=1`, the default on systems before H100, the
 * driver recovers all compute contexts of all GPUs when the session of the fabric manager ends (`_clearFmState` in
 * fm_session_api.c of the open kernel modules). The time is assumed.
 */
export const abortedMs = 1_900;

/** From its start to `Successfully configured all the available NVSwitches …`, before which no CUDA process starts. Assumed. */
export const configuredMs = 5_500;

/** Whether it was started again so shortly before that it has not told the driver yet that the fabric is ready. */
export function fabricIsBeingConfigured(settings: Settings, node: string, ms: number): boolean {
  const question = { fact: 'driver.fabricmanager-exits', place: node } as const;
  if (!settings.facts.has(question.fact) || factAt(settings, question, ms) === 0) return false;
  return ms - (factSince(settings, question, ms) ?? -Infinity) < configuredMs;
}

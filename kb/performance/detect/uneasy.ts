import { healthySeconds, type HistoryState } from './history.ts';

// More than healthy steps spread (some 2 %) and less than what a clock slowdown does (half the clock, 1.5 times).
const uneasyRatio = 1.2;

/** One slow step is no verdict: a checkpoint is one as well. It is a reason to look again soon. */
export function isUneasy(history: HistoryState): boolean {
  const healthy = healthySeconds(history);
  return healthy !== null && history.last !== null && history.last.seconds > uneasyRatio * healthy;
}

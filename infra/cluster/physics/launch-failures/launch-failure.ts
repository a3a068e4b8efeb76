import type { RankDeath, StopQuestion } from '../job.ts';

/**
 * One way in which an attempt ends before its first step: a rank dies between `attempt.launchMs` and `attempt.runMs`.
 * It is asked while the attempt is launched, with the causes that hold then; `checkpointsMs` has none. Pure; null when
 * there is nothing in the way. A new one is a file here and a line in `index.ts`.
 */
export type LaunchFailure = (question: StopQuestion) => RankDeath | null;

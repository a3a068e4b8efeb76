import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { followProgress, joinTracks, progressKinds, type ProgressTrack } from './progress-track.ts';
import { ranksThatStoppedFirst, stoppedFirstKinds } from './stopped-first.ts';
import { silenceKinds, silences } from './silence.ts';

/** How far every rank has come: who stopped before the others, and who fell silent. */
export const rankProgress: SequenceDetector<readonly ProgressTrack[]> = {
  id: 'rank-progress',
  kinds: [...stoppedFirstKinds, ...silenceKinds],
  listens: progressKinds,
  follow: followProgress,
  conclude(sources, context) {
    const tracks = joinTracks(sources, context);
    return [...ranksThatStoppedFirst(tracks), ...silences(tracks, context)];
  },
};

import { usedHcas } from '../../physics/nccl-settings.ts';
import { connectMs } from '../../physics/rails.ts';
import { endingLines } from '../ending.ts';
import { launchLines } from '../launch.ts';
import type { LogLine } from '../line.ts';
import { loaderLines } from '../loader.ts';
import { checkpointLines, iterationLines } from '../megatron.ts';
import { validationLines } from '../validation.ts';
import { channelLines } from './channels.ts';
import { hangNotes } from './hang-notes.ts';
import { hcaEvents } from './hca-events.ts';
import { jobNotes } from './job-notes.ts';
import { logNoise } from './log-noise.ts';
import { pauseNotes } from './pause-notes.ts';
import type { RankScene, RankSource } from './rank-source.ts';

// Longest time after the first step begins at which a line of the launch is written.
const launchTailMs = 15_000;

/** Everything that a rank writes. */
export const rankSources: readonly RankSource[] = [
  pauseNotes,
  logNoise,
  launch,
  channelLines,
  hcaEvents,
  hangNotes,
  loaderLines,
  iterations,
  checkpoints,
  ending,
  jobNotes,
];

function launch({ timeline, life: { attempt, stoppedMs, death }, node, gpu, fromMs }: RankScene): readonly LogLine[] {
  if (fromMs >= attempt.runMs + launchTailMs) return [];
  const open = usedHcas(timeline.world, timeline.segmentAt(connectMs(attempt)).settings, attempt, node);
  return launchLines(timeline.world, attempt, node, gpu, open).filter(
    (line) => line.atMs < Math.min(stoppedMs, death?.stuckFromMs ?? Infinity),
  );
}

/** Megatron-LM prints its progress on the last rank. */
function iterations({ timeline, life, rank, fromMs, toMs }: RankScene): readonly LogLine[] {
  const last = rank === life.attempt.nodes.length * timeline.world.gpusPerNode - 1;
  return last
    ? [...iterationLines(timeline, life, fromMs, toMs), ...validationLines(timeline, life, fromMs, toMs)]
    : [];
}

function checkpoints({ timeline, life, rank, fromMs, toMs }: RankScene): readonly LogLine[] {
  return rank === 0 ? checkpointLines(timeline, life, fromMs, toMs) : [];
}

function ending({ timeline, life, node, gpu, toMs }: RankScene): readonly LogLine[] {
  return life.stoppedMs < toMs ? endingLines(timeline, life, node, gpu) : [];
}

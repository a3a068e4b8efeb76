import { pauseBeginsMs } from '../../physics/stops/pause.ts';
import { iterationOf, lastStepAt } from '../../physics/timeline.ts';
import { factSpans } from '../../state/facts/spans.ts';
import type { LogLine } from '../line.ts';
import type { RankScene } from './rank-source.ts';

/** The first rank says what everybody waits for. */
export function pauseNotes({
  timeline,
  life: { attempt, stoppedMs },
  rank,
  fromMs,
  toMs,
}: RankScene): readonly LogLine[] {
  if (rank !== 0) return [];
  const { job } = timeline.world;
  const spans = (fact: 'job.evaluates' | 'job.saves-all') =>
    factSpans(timeline, fact, fromMs, toMs)
      .filter(({ place }) => place === job.name)
      .map((span) => ({ beganMs: Math.max(span.fromMs, attempt.runMs) + pauseBeginsMs, endedMs: span.toMs }))
      .filter(({ beganMs, endedMs }) => beganMs < endedMs && beganMs > attempt.runMs);
  const evaluations = spans('job.evaluates').flatMap(({ beganMs, endedMs }) => [
    { atMs: beganMs, text: 'INFO:pretrain.evaluation:validation suite: 0/12288 samples' },
    { atMs: endedMs, text: 'INFO:pretrain.evaluation:validation suite: 12288/12288 samples, done' },
  ]);
  const saves = spans('job.saves-all').flatMap(({ beganMs, endedMs }) => {
    const iteration = String(iterationOf(timeline, lastStepAt(timeline, beganMs))).padStart(7);
    const folder = `/lustre/ckpt/${job.name}`;
    return [
      { atMs: beganMs, text: `saving checkpoint at iteration ${iteration} to ${folder} in torch_dist format` },
      {
        atMs: endedMs,
        text: `  successfully saved checkpoint from iteration ${iteration} to ${folder} [ t 1/${job.tensorParallel}, p 1/${job.pipelineParallel} ]`,
      },
    ];
  });
  // What a stopped attempt did not come to say.
  return [...evaluations, ...saves].filter(({ atMs }) => atMs <= stoppedMs);
}

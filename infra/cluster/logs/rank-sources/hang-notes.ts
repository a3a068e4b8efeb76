import { rankIn, trainerPid } from '../../physics/job.ts';
import { iterationOf, lastStepAt } from '../../physics/timeline.ts';
import type { RankSource } from './rank-source.ts';

/** What ranks say about that for which all of them wait, before the first watchdog speaks. */
export const hangNotes: RankSource = ({ timeline, life: { attempt, hang, death, requeuedMs }, node, gpu }) => {
  const own = hang?.others?.find((one) => one.node === node.index && one.gpu === gpu);
  if (hang === null || own === undefined) return [];
  const { world } = timeline;
  const atMs = hang.atMs + own.afterMs;
  if (atMs >= Math.min(death?.atMs ?? Infinity, requeuedMs ?? Infinity)) return [];
  const who = {
    host: node.name,
    rank: rankIn(attempt, world, node.index, gpu) ?? 0,
    gpu,
    pid: trainerPid(attempt, world, node.index, gpu),
    iteration: iterationOf(timeline, lastStepAt(timeline, hang.atMs)),
    atMs,
  };
  return own.words(who).map((text) => ({ atMs, text }));
};

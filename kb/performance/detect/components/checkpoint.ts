import { median } from 'simple-statistics';
import { knownPauses, pausesOf, type Pause } from '../pauses.ts';
import type { Scene, Weighed } from '../scene.ts';

// Saving takes about as long each time: the size is the same. Twice as long, and half a minute more, is another matter.
const factorMin = 2;
const secondsMin = 30;
const earlierMin = 2;

/** The latest checkpoint against the job's own earlier ones. */
export function checkpoint(scene: Pick<Scene, 'phases' | 'samples' | 'range'>): readonly Weighed[] {
  const pauses = checkpointsOf(scene);
  const last = pauses.at(-1);
  const earlier = pauses.slice(0, -1).map(({ seconds }) => seconds);
  if (last === undefined || earlier.length < earlierMin) return [];
  const usual = median(earlier);
  if (last.seconds < factorMin * usual || last.seconds < usual + secondsMin) return [];
  return [
    {
      component: 'checkpoint',
      explains: null,
      strength: 2,
      text: `the last checkpoint took ${last.seconds.toFixed(0)} s, ${earlier.length} earlier ones ${usual.toFixed(0)} s`,
      values: { seconds: last.seconds, usualSeconds: usual, earlier: earlier.length, fromMs: last.fromMs },
    },
  ];
}

/** Known ones, with the one that lasts as long as it has until now; without any, the pauses that come at a period. */
function checkpointsOf({ phases, samples, range }: Pick<Scene, 'phases' | 'samples' | 'range'>): readonly Pause[] {
  const open = phases.findLast(({ kind, toMs }) => kind === 'checkpoint' && toMs === null);
  const known = [
    ...knownPauses(phases),
    ...(open === undefined
      ? []
      : [
          {
            fromMs: open.fromMs,
            toMs: range.toMs,
            seconds: (range.toMs - open.fromMs) / 1000,
            iteration: null,
            from: 'phase' as const,
          },
        ]),
  ];
  if (known.length > 0) return known;
  const { pauses, period } = pausesOf(samples, range);
  return period === null ? [] : pauses;
}

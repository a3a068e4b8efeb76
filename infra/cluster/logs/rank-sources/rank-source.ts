import type { AttemptLife } from '../../physics/lives.ts';
import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import type { LogLine } from '../line.ts';

/** One rank in one attempt, and the time that is asked for. */
export interface RankScene {
  readonly timeline: Timeline;
  readonly life: AttemptLife;
  readonly node: WorldNode;
  readonly gpu: number;
  /** Global rank in this attempt. */
  readonly rank: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What the trainer of a rank, or what shares its output, writes about one kind of thing; pure. Lines outside of the two
 * moments are dropped by the caller, lines after the end of the attempt (`life.stoppedMs`) are not. A new one is a file
 * here and a line in `index.ts`.
 */
export type RankSource = (scene: RankScene) => readonly LogLine[];

import type { FactName } from '../../state/facts/index.ts';
import type { FactNow, FactQuestion } from '../../state/facts/fact-at.ts';
import type { FactValueOf } from '../../state/facts/index.ts';
import type { Settings } from '../../state/settings.ts';
import type { World } from '../../world.ts';
import type { Attempt } from '../job.ts';

/** What makes one GPU's rank slower than its clock explains, or all ranks of a node. Times are in a step of the whole job. */
export interface RankDelay {
  /** Index of the node in the world. */
  readonly node: number;
  /** All GPUs of the node when nothing is said. */
  readonly gpu?: number;
  /** Kernels take so many times as long; 1 changes nothing. */
  readonly computeFactor?: number;
  /** Collectives and memory-bound work take so many times as long. */
  readonly transferFactor?: number;
  /** Time without data: the GPU is idle. */
  readonly inputMs?: number;
  /** Time in host code between kernels: the GPU is idle. */
  readonly hostMs?: number;
}

/** What a cause of slowness may look at; all of it holds until the next change of a cause. */
export interface SlowQuestion {
  /** Of the job: `world.job`. */
  readonly world: World;
  readonly settings: Settings;
  readonly attempt: Attempt;
  readonly atMs: number;
  /** The value of a cause now. */
  readonly fact: <Name extends FactName>(question: FactQuestion<Name>) => FactValueOf<Name>;
  /** All places where a cause is not healthy now. */
  readonly facts: <Name extends FactName>(fact: Name) => readonly FactNow<Name>[];
}

/**
 * One way in which ranks become slow. Pure; nothing to say is an empty list, and delays on nodes outside the attempt are
 * dropped. A new one is a file in `physics/slowdowns/` and a line in `physics/slowdowns/index.ts`.
 */
export type SlowCause = (question: SlowQuestion) => readonly RankDelay[];

import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';

/** One launch of the batch job: Slurm counts them as `Restarts`. */
export interface Attempt {
  /** 0 for the first. */
  readonly number: number;
  /** Nodes are allocated and the batch script begins. */
  readonly launchMs: number;
  /** The checkpoint is loaded and the first step begins. */
  readonly runMs: number;
  /** Indexes of its nodes, in the order of their ranks. */
  readonly nodes: readonly number[];
  /** Iteration of the checkpoint that it resumes from. */
  readonly fromIteration: number;
  /** Steps are counted through all attempts; this one's first step is `stepBase + 1`. */
  readonly stepBase: number;
  /** What `MinMemoryNode` allowed when it was launched; null is all that the node has. */
  readonly memoryLimitMib: number | null;
}

/** The death of one rank that ends an attempt: every other rank follows, and Slurm marks the job. */
export interface RankDeath {
  /** When the process dies. */
  readonly atMs: number;
  /** Index of the node in the world, and the local rank. */
  readonly node: number;
  readonly gpu: number;
  /** As torchrun reports it: negative is a signal (-9 SIGKILL, -6 SIGABRT), 1 an uncaught exception. */
  readonly exitCode: number;
  /** What the process itself still prints, oldest first; nothing when it is killed. */
  lastWords(who: DyingRank): readonly string[];
  readonly slurmState: 'FAILED' | 'OUT_OF_MEMORY';
}

export interface DyingRank {
  readonly host: string;
  /** Global rank in this attempt. */
  readonly rank: number;
  readonly gpu: number;
  readonly pid: number;
  /** Iteration that was being computed, or saved. */
  readonly iteration: number;
  readonly atMs: number;
}

/** What a cause of death may look at: all of it is known at `fromMs` and holds from there on. */
export interface StopQuestion {
  readonly world: World;
  readonly settings: Settings;
  readonly attempt: Attempt;
  /** The settings are these from here on. */
  readonly fromMs: number;
  /** When the next checkpoints from `fromMs` on are written (their steps' ends), at most `count` of them. */
  readonly checkpointsMs: (count: number) => readonly number[];
}

/**
 * One way in which a running attempt ends by itself. Given the causes that hold from `fromMs` on it says when and where
 * a rank dies if nobody intervenes, or null. It must be a pure function, and an unrelated change of settings must not
 * move its answer. The earliest death of all causes counts; one that lies before `fromMs` strikes at `fromMs`.
 *
 *     export const eccStop: StopCause = ({ settings, attempt, world }) => { … return { atMs, node, gpu, exitCode: -6, … }; };
 *
 * A new cause is one file in `physics/stops/` and one line in `physics/stops/index.ts`.
 * A rank dies only on a node of the attempt: check `attempt.nodes.includes(node)`.
 */
export type StopCause = (question: StopQuestion) => RankDeath | null;

/** Which part of its life the job is in. Times are cluster milliseconds. */
export type JobPhase =
  | { readonly kind: 'unsubmitted' }
  | { readonly kind: 'launching'; readonly attempt: Attempt }
  | { readonly kind: 'running'; readonly attempt: Attempt; readonly death: RankDeath | null }
  /** One rank is dead, the others wait in a collective until they are told. */
  | { readonly kind: 'dying'; readonly attempt: Attempt; readonly death: RankDeath }
  | { readonly kind: 'ended'; readonly attempt: Attempt; readonly death: RankDeath; readonly endedMs: number }
  | {
      readonly kind: 'pending';
      readonly previous: Attempt;
      readonly sinceMs: number;
      readonly held: boolean;
      readonly eligibleMs: number;
    };

/** The attempt that holds nodes now. */
export function activeAttempt(phase: JobPhase): Attempt | null {
  return phase.kind === 'launching' || phase.kind === 'running' || phase.kind === 'dying' ? phase.attempt : null;
}

/** The attempt that is, or was the last. */
export function latestAttempt(phase: JobPhase): Attempt | null {
  if (phase.kind === 'pending') return phase.previous;
  return phase.kind === 'ended' ? phase.attempt : activeAttempt(phase);
}

/** Slurm's `JobState`. */
export function slurmState(phase: JobPhase): string {
  switch (phase.kind) {
    case 'unsubmitted':
    case 'pending':
      return 'PENDING';
    case 'launching':
    case 'running':
    case 'dying':
      return 'RUNNING';
    case 'ended':
      return phase.death.slurmState;
  }
}

/** Global rank of a GPU in an attempt; null when its node has no part in it. */
export function rankIn(attempt: Attempt, world: World, node: number, gpu: number): number | null {
  const place = attempt.nodes.indexOf(node);
  return place < 0 ? null : place * world.gpusPerNode + gpu;
}

/** Process id of the trainer on a GPU: a new one in every attempt. */
export function trainerPid(attempt: Attempt, world: World, node: number, gpu: number): number {
  return (world.nodes[node]?.gpus[gpu]?.pid ?? 0) + attempt.number * 4_813;
}

/** The agent, torchrun, is started just before its workers. */
export function agentPid(attempt: Attempt, world: World, node: number): number {
  return trainerPid(attempt, world, node, 0) - 61;
}

import type { FactNow, FactQuestion } from '../state/facts/fact-at.ts';
import type { FactName, FactValueOf } from '../state/facts/index.ts';
import type { Facts } from '../state/facts/store.ts';
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
  /** Work done until then (`step-work.ts`). */
  readonly workBase: number;
  /** What `MinMemoryNode` allowed when it was launched; null is all that the node has. */
  readonly memoryLimitMib: number | null;
  /** The causes when it was launched: what processes read once (environment, arguments, libraries) stays as it was then. */
  readonly launchFacts: Facts;
}

/** The death of one rank that ends an attempt: every other rank follows, and Slurm marks the job. */
export interface RankDeath {
  readonly kind?: 'dies';
  /** When the process dies. */
  readonly atMs: number;
  /** Index of the node in the world, and the local rank. */
  readonly node: number;
  readonly gpu: number;
  /** As torchrun reports it: negative is a signal (-9 SIGKILL, -6 SIGABRT), 1 an uncaught exception. */
  readonly exitCode: number;
  /** What the process itself still prints, oldest first; nothing when it is killed. */
  lastWords(who: DyingRank): readonly string[];
  readonly slurmState: DeathState;
  /** The whole node is gone: nothing on it says a word. */
  readonly nodeGone?: boolean;
  /** The scheduler ended all ranks at once, and says so in these words: `DUE TO TIME LIMIT`. */
  readonly ended?: string;
  /** slurmd of its node refused to start any task there. */
  readonly notStarted?: true;
  /** The same happens to all ranks of this node, or to all of the job, at about the same time. */
  readonly alike?: 'node' | 'job';
  /** The launch came no further than this: what is printed later in other launches is missing. */
  readonly stuckFromMs?: number;
  /** The ranks waited in vain for this one, and their watchdogs end the attempt. */
  readonly afterHang?: RankHang;
  /** Ranks that meet the same by themselves shortly after. */
  readonly others?: readonly OtherRank[];
}

/** A rank that says something of its own about what stops the attempt. */
export interface OtherRank {
  /** Index of the node in the world, and the local rank. */
  readonly node: number;
  readonly gpu: number;
  /** After the first one. */
  readonly afterMs: number;
  /** Its process ends with it, as that of the first one. */
  readonly dies: boolean;
  words(who: DyingRank): readonly string[];
}

export type DeathState = 'FAILED' | 'OUT_OF_MEMORY' | 'NODE_FAIL' | 'TIMEOUT' | 'CANCELLED' | 'PREEMPTED';

/** One rank stops for good: nobody makes a step from then on, until the watchdogs of the others end the attempt. */
export interface RankHang {
  readonly kind: 'hangs';
  readonly atMs: number;
  /** Index of the node in the world, and the local rank. */
  readonly node: number;
  readonly gpu: number;
  /** What it sits in: a name of `physics/rank-stacks.ts`. */
  readonly stack: string;
  /** It waits in a collective too, in another one than the others or in the same: its own watchdog speaks as well. */
  readonly inCollective?: Collective;
  /** It goes on as if nothing had been when its cause is gone before the watchdog's time. */
  readonly resumes?: boolean;
  /** When the collective was called that does not come to its end, if others need not come to it first. */
  readonly waitsFromMs?: number;
  /** What ranks say about it meanwhile, the first one among them. */
  readonly others?: readonly OtherRank[];
}

/** What `WorkNCCL(…)` says of a collective. */
export interface Collective {
  /** All ranks wait in this one: the library does not come to its end. */
  readonly ofAll: boolean;
  /** Only the groups of these local ranks do; the other ranks of a node are done with theirs, and wait in what comes next. */
  readonly ofRail?: readonly number[];
  /** As torch names it: `ALLREDUCE`, `_ALLGATHER_BASE`. */
  readonly op: string;
  readonly numelIn: number;
  readonly numelOut: number;
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
  /** The value of a cause at `fromMs`. */
  readonly fact: <Name extends FactName>(question: FactQuestion<Name>) => FactValueOf<Name>;
  /** All places where a cause is not healthy at `fromMs`, and since when. */
  readonly facts: <Name extends FactName>(fact: Name) => readonly FactNow<Name>[];
  /** When the next checkpoints from `fromMs` on are written (their steps' ends), at most `count` of them. */
  readonly checkpointsMs: (count: number) => readonly number[];
  /** Steps done at `fromMs`, a real number; it counts through all attempts. */
  readonly stepsDone: number;
  /** When a step ends if nothing changes, or ended since the last change; Infinity when none is made. */
  readonly stepEndMs: (step: number) => number;
}

/**
 * One way in which a running attempt ends by itself. Given the causes that hold from `fromMs` on it says when and where
 * a rank dies if nobody intervenes, or null. It must be a pure function, and an unrelated change of settings must not
 * move its answer. The earliest death of all causes counts; one that lies before `fromMs` strikes at `fromMs`.
 *
 *     export const eccStop: StopCause = ({ settings, attempt, world }) => { … return { atMs, node, gpu, exitCode: -6, … }; };
 *
 * A new cause is one file in `physics/stops/` and one line in `physics/stops/index.ts`.
 * A rank can also hang (`RankHang`): then nobody makes steps until the watchdogs of the others end the attempt.
 * A rank dies or hangs only on a node of the attempt: check `attempt.nodes.includes(node)`.
 */
export type StopCause = (question: StopQuestion) => RankDeath | RankHang | null;

/** Which part of its life the job is in. Times are cluster milliseconds. */
export type JobPhase =
  | { readonly kind: 'unsubmitted' }
  | { readonly kind: 'launching'; readonly attempt: Attempt }
  /** `stop` is what ends it if nobody acts, as far as that is known now. */
  | { readonly kind: 'running'; readonly attempt: Attempt; readonly stop: RankDeath | RankHang | null }
  /** One rank sits somewhere for good, the others in a collective; `watchdogMs` is when they give up. */
  | { readonly kind: 'hung'; readonly attempt: Attempt; readonly hang: RankHang; readonly watchdogMs: number }
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
  return phase.kind === 'launching' || phase.kind === 'running' || phase.kind === 'hung' || phase.kind === 'dying'
    ? phase.attempt
    : null;
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
    case 'hung':
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

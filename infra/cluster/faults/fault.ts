import type { KnownCategory } from '../../../kb/taxonomy.ts';
import type { Change, Target } from '../state/actions.ts';
import type { PlaceKind } from '../state/facts/kind.ts';
import type { Onset } from '../state/facts/onset.ts';
import { clearFact } from '../state/facts/set-fact.ts';
import { factId } from '../state/facts/store.ts';
import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import type { DrawPlace } from './draw.ts';
import { completed, drawTarget, rejectTarget, targetPlace, type PlaceOf } from './places.ts';

/**
 * `fault`: one cause. `dual`: two at once. `decoy`: alarming, and no fault. `noisy`: healthy, with much to see.
 * `twin`: no probe tells it from another one. `tool`: the cluster is well, its tools are not.
 */
export type FaultKind = 'fault' | 'dual' | 'decoy' | 'noisy' | 'twin' | 'tool';

/** Bounds of a value that is drawn, both included. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly integer?: boolean;
  /** What it is drawn among when nobody asks for another; what stands in it twice is drawn twice as often. */
  readonly usual?: readonly number[];
  /** Taken in place of a drawn one where it is to be seen soon and by anybody. */
  readonly clear?: number;
}
export type Ranges = Readonly<Record<string, Range>>;

/** How a fault may come; one of them is drawn when nobody chooses. */
export type OnsetRange =
  | { readonly shape: 'sudden' }
  | { readonly shape: 'creeping'; readonly rampMs: Range }
  | { readonly shape: 'intermittent'; readonly periodMs: Range; readonly onShare: Range }
  | { readonly shape: 'passing'; readonly lengthMs: Range };

/** One injection as it was recorded. */
export interface Injection {
  readonly target: Target;
  readonly values: Readonly<Record<string, number>>;
  readonly onset: Onset;
  readonly atMs: number;
  /** What it was drawn by. */
  readonly seed: number;
  /** What was changed. */
  readonly changes: readonly Change[];
}

/** A way in which a cluster goes wrong, or seems to: a change of causes, with every effect left to the physics. */
export interface Fault {
  readonly id: string;
  readonly kind: FaultKind;
  readonly summary: string;
  /** The truth that a diagnosis is judged by; nothing in the cluster shows it. None where there is no fault. */
  readonly categories: readonly KnownCategory[];
  readonly place: PlaceKind;
  readonly onsets: readonly OnsetRange[];
  readonly ranges: Ranges;
  /** What takes it away, for people. */
  readonly heals: string;
  /** Of a twin: the fault that looks the same. */
  readonly twin?: string;
  /** Of a dual: the faults that it is made of. */
  readonly parts?: readonly [first: string, second: string];
  /** Where it strikes when nobody says where. */
  draw(world: World, random: DrawPlace): Target;
  /** The node that belongs to a target, where a person named something larger or smaller. */
  complete(world: World, target: Partial<Target>): Target;
  /** Why this target is impossible, or null. */
  reject(world: World, target: Target): string | null;
  /** The changes that bring it about. */
  causes(target: Target, drawn: Readonly<Record<string, number>>, context: CauseContext): readonly Change[];
  /** The changes by which a person who knows the cause would undo it. */
  undo(injection: Injection, world: World): readonly Change[];
  /** Whether the cause is (still) there, whoever or whatever removed it. */
  present(settings: Settings, injection: Injection, ms: number, world: World): boolean;
  /** Of a dual: each of its faults with what it alone changed, so that one can be mended and the other stays. */
  split?(injection: Injection, world: World): readonly FaultPart[];
}

export interface FaultPart {
  readonly fault: Fault;
  readonly injection: Injection;
}

export interface CauseContext {
  readonly world: World;
  readonly onset: Onset;
  /** Of this injection; for what has to be drawn beside place and ranges. */
  readonly seed: number;
}

/** What an author writes; the rest follows from it. `place` and the ranges give `causes` its types. */
export interface FaultSpec<Kind extends PlaceKind, R extends Ranges> {
  readonly id: string;
  /** `fault` when nothing is said. */
  readonly kind?: FaultKind;
  readonly summary: string;
  readonly categories: readonly KnownCategory[];
  readonly place: Kind;
  /** Sudden when nothing is said. */
  readonly onsets?: readonly OnsetRange[];
  readonly ranges?: R;
  readonly heals: string;
  readonly twin?: string;
  readonly draw?: (world: World, random: DrawPlace) => Target;
  readonly reject?: (world: World, target: Target) => string | null;
  readonly causes: (
    /** `place` is the target as facts name it. */
    target: PlaceOf<Kind>,
    drawn: { readonly [Name in keyof R]: number },
    context: CauseContext,
  ) => readonly Change[];
  readonly undo?: (injection: Injection, world: World) => readonly Change[];
  readonly present?: (settings: Settings, injection: Injection, ms: number) => boolean;
}

/**
 * A fault from its cause. By default its place is drawn by its kind, it is undone by clearing the facts that it set and
 * starting jobs again that had ended, and it is present as long as one of those facts is set.
 *
 *     export const gpuFanBlocked = defineFault({
 *       id: 'gpu-fan-blocked',
 *       summary: 'a cable bundle covers the heat sink of one GPU',
 *       categories: ['gpu-clock-throttle'],
 *       place: 'gpu',
 *       ranges: { airflow: { min: 0.3, max: 0.5, unit: 'share' } },
 *       heals: 'taking the bundle away',
 *       causes: ({ place }, { airflow }) => [setFact('gpu.fan-airflow', place, airflow)],
 *     });
 */
export function defineFault<Kind extends PlaceKind, const R extends Ranges = Record<never, Range>>(
  spec: FaultSpec<Kind, R>,
): Fault {
  const { id, kind = 'fault', summary, categories, place, heals } = spec;
  // Without ranges R has no names.
  const ranges: Ranges = spec.ranges ?? {};
  return {
    id,
    kind,
    summary,
    categories,
    place,
    heals,
    ...(spec.twin !== undefined && { twin: spec.twin }),
    ranges,
    onsets: spec.onsets ?? [{ shape: 'sudden' }],
    draw: spec.draw ?? ((world, random) => drawTarget(place, world, random)),
    complete: (world, target) => completed(place, world, target),
    reject: spec.reject ?? ((world, target) => rejectTarget(place, world, target)),
    // `completed` and `reject` have seen to the target, `drawValues` to the names of the ranges.
    causes: (target, drawn, context) =>
      spec.causes(targetPlace(place, target) as PlaceOf<Kind>, drawn as { [Name in keyof R]: number }, context),
    undo: spec.undo ?? undone,
    present: spec.present ?? stillSet,
  };
}

/** Clears what was set, and starts the jobs that had ended. */
export function undone({ changes }: Injection, world: World): readonly Change[] {
  return [
    ...changes.flatMap((change) => (change.kind === 'fact' ? [clearFact(change.fact, change.place, change.key)] : [])),
    ...restartEnded(world),
  ];
}

/** What a person does for the jobs after the cause is gone. */
export function restartEnded(world: World): readonly Change[] {
  return world.jobs.map(({ name }, at) => ({
    kind: 'job-requeue',
    hold: false,
    onlyWhenEnded: true,
    ...(at > 0 && { job: name }),
  }));
}

/** An intermittent cause is there between its stretches too. */
export function stillSet(settings: Settings, { changes }: Injection): boolean {
  return changes.some(
    (change) =>
      change.kind === 'fact' && settings.facts.get(change.fact)?.get(factId(change.place, change.key)) !== undefined,
  );
}

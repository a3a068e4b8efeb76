import { factAt, factsOf } from '../state/facts/fact-at.ts';
import { gpuSettings, type GpuSettings, type Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import { clockReason } from './a800.ts';
import { checkpointEvery } from './checkpoint.ts';
import { crewOf, slotOf, type Crew } from './crew.ts';
import { busyClock, idleClock, idleW, type ClockCap } from './gpu-power.ts';
import { activeAttempt, type Attempt, type JobPhase, type RankDeath, type RankHang, type StopQuestion } from './job.ts';
import { paceOf, type Pace } from './pace.ts';
import { idleKinds, jobSpeed, sharedBy } from './speed.ts';
import { isDeviceStack } from './rank-stacks.ts';
import { phaseShares, type PhaseShares, type RankTimes } from './step.ts';
import { stepsAfter, workAtEnd } from './step-work.ts';
import { stopCauses } from './stops/index.ts';
import { boardTemperature, coolEnough, sharedPower, thermalAt, thermalFacts, type Thermal } from './thermal.ts';

/** A stretch of cluster time in which no cause changes and the job stays in one phase of its life. */
export interface Segment {
  readonly fromMs: number;
  readonly settings: Settings;
  readonly phase: JobPhase;
  /** Null when no steps are made. */
  readonly pace: Pace | null;
  /** Of the pace; null when no steps are made. */
  readonly meanStepMs: number | null;
  /** What the rank that waits longest for its batch waits in a step. */
  readonly inputMs: number;
  /** Work done at `fromMs` (`step-work.ts`); it counts through all attempts and never falls. */
  readonly workAtStart: number;
  /** Names of the nodes that the job holds. */
  readonly busyNodes: ReadonlySet<string>;
  /** What the GPUs of the job do: the first one, those about which nothing is unusual. */
  readonly loads: readonly Load[];
  /** Index of the load of every GPU, by slot (`crew.ts`); null when all do the same. */
  readonly bySlot: Uint16Array | null;
  readonly crew: Crew;
  /** What heat takes from their clocks. */
  readonly thermal: Thermal;
}

/** Means over a step; noise comes on top. */
export interface Load {
  readonly smMhz: number;
  readonly reasons: number;
  readonly powerW: number;
  readonly shares: PhaseShares | null;
  readonly settings: GpuSettings;
}

/** The segment that begins at a moment, after all those of the past. */
export function makeSegment(
  world: World,
  past: readonly Segment[],
  fromMs: number,
  settings: Settings,
  asked: JobPhase,
  workAtStart: number,
): Segment {
  const phase = stillHung(world, settings, asked, fromMs);
  const nodes = activeAttempt(phase)?.nodes ?? [];
  const thermal = thermalOf(world, past, settings, fromMs, phase);
  const speed = phase.kind === 'running' ? jobSpeed(world, settings, phase.attempt, thermal.caps, fromMs) : null;
  const pace =
    phase.kind === 'running' && speed !== null ? paceOf(world, settings, phase.attempt, speed.stepMs, fromMs) : null;
  const meanStepMs = pace?.meanStepMs ?? null;
  const doing: Doing =
    phase.kind === 'running' && meanStepMs !== null
      ? { kind: 'training', meanStepMs, share: sharedBy(world, nodes) }
      : (phase.kind === 'dying' && fromMs >= phase.attempt.runMs) || phase.kind === 'running' || phase.kind === 'hung'
        ? { kind: 'stuck' }
        : { kind: 'idle' };
  const crew = crewOf(world, nodes);
  const { kinds, bySlot } = speed ?? idleKinds(world, settings, nodes, thermal.caps);
  const loads = kinds.map((kind) => load(kind.settings, doing, kind));
  const stopped =
    phase.kind === 'dying' ? (phase.death.afterHang ?? phase.death) : phase.kind === 'hung' ? phase.hang : null;
  const withStopped = stopped === null ? bySlot : stoppedSlot(world, settings, crew, stopped, loads, bySlot);
  const made: Segment = {
    fromMs,
    settings,
    phase,
    pace,
    meanStepMs,
    inputMs: speed?.inputMs ?? 0,
    workAtStart,
    busyNodes: crew.names,
    loads,
    bySlot: withStopped === null ? null : shared(past, withStopped),
    crew,
    thermal,
  };
  return phase.kind === 'running' ? { ...made, phase: { ...phase, stop: stopFrom(world, made, phase.attempt) } } : made;
}

/** The slots with that of the stopped rank, whose load is added. */
function stoppedSlot(
  world: World,
  settings: Settings,
  crew: Crew,
  stopped: RankDeath | RankHang,
  loads: Load[],
  bySlot: Uint16Array | null,
): Uint16Array | null {
  const name = world.nodes[stopped.node]?.name ?? '';
  const slot = slotOf(crew, name, stopped.gpu);
  if (slot === undefined) return bySlot;
  const own = bySlot === null ? new Uint16Array(crew.slots) : new Uint16Array(bySlot);
  own[slot] = loads.push(load(gpuSettings(settings, name, stopped.gpu), stoppedDoing(stopped))) - 1;
  return own;
}

// Causes that come and go bring the same few tables back.
const comparedMax = 32;

/** The same table of a segment shortly before, if there is one: thousands of ranks in thousands of segments are many. */
function shared(past: readonly Segment[], bySlot: Uint16Array): Uint16Array {
  for (let at = past.length - 1; at >= Math.max(0, past.length - comparedMax); at -= 1) {
    const other = past[at]?.bySlot;
    if (other !== null && other !== undefined && isSame(bySlot, other)) return other;
  }
  return bySlot;
}

function isSame(table: Uint16Array, other: Uint16Array): boolean {
  return table.length === other.length && Buffer.compare(bytesOf(table), bytesOf(other)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A rank that hangs in host code leaves its GPU without a kernel; one in a kernel keeps it busy. */
function stoppedDoing(stopped: RankDeath | RankHang): Doing {
  return stopped.kind === 'hangs' && isDeviceStack(stopped.stack) ? { kind: 'stuck' } : { kind: 'idle' };
}

/** A hang that ends with its cause is over when no cause brings it about any more. */
function stillHung(world: World, settings: Settings, phase: JobPhase, fromMs: number): JobPhase {
  if (phase.kind !== 'hung' || phase.hang.resumes !== true) return phase;
  const { attempt } = phase;
  const question = stopQuestion(world, settings, attempt, fromMs, noSteps(attempt));
  const lasts = stopCauses.some((cause) => {
    const stop = cause(question);
    return stop?.kind === 'hangs' && stop.node === phase.hang.node && stop.gpu === phase.hang.gpu;
  });
  return lasts ? phase : { kind: 'running', attempt, stop: null };
}

function thermalOf(
  world: World,
  past: readonly Segment[],
  settings: Settings,
  fromMs: number,
  phase: JobPhase,
): Thermal {
  const before = past.at(-1)?.thermal ?? coolEnough;
  const warm = thermalFacts.some((fact) => settings.facts.has(fact));
  if (phase.kind !== 'running' || (!warm && before.caps.size === 0)) return coolEnough;
  return thermalAt(world, settings, fromMs, before, (node, gpu) =>
    boardTemperature(past, past.length - 1, loadOf, node, gpu, fromMs),
  );
}

/** What the causes of this segment bring the attempt to a stop with first. */
function stopFrom(world: World, at: Segment, attempt: Attempt): RankDeath | RankHang | null {
  const question = stopQuestion(world, at.settings, attempt, at.fromMs, {
    checkpointsMs: (count) => checkpointsFrom(world, at, attempt, count),
    stepsDone: stepsAfter(attempt, at.workAtStart),
    stepEndMs: (step) => momentIn(at, workAtEnd(world, attempt, step)),
  });
  const stops = stopCauses.map((cause) => cause(question)).filter((stop) => stop !== null);
  const first = stops.toSorted((a, b) => a.atMs - b.atMs)[0];
  return first === undefined ? null : { ...first, atMs: Math.max(first.atMs, at.fromMs) };
}

type StepsAhead = Pick<StopQuestion, 'checkpointsMs' | 'stepsDone' | 'stepEndMs'>;

/** While a rank hangs no step ends. */
function noSteps({ stepBase }: Attempt): StepsAhead {
  return { checkpointsMs: () => [], stepsDone: stepBase, stepEndMs: () => Infinity };
}

function stopQuestion(
  world: World,
  settings: Settings,
  attempt: Attempt,
  fromMs: number,
  steps: StepsAhead,
): StopQuestion {
  return {
    world,
    settings,
    attempt,
    fromMs,
    ...steps,
    fact: (asked) => factAt(settings, asked, fromMs),
    facts: (fact) => factsOf(settings, fact, fromMs),
  };
}

// A checkpoint takes less time than this many steps.
const checkpointSteps = 5;

function checkpointsFrom(world: World, at: Segment, attempt: Attempt, count: number): readonly number[] {
  const iteration = (step: number) => attempt.fromIteration + step - attempt.stepBase;
  // A checkpoint that was begun shortly before may still be on its way to the disk.
  let step = Math.max(attempt.stepBase + 1, Math.floor(stepsAfter(attempt, at.workAtStart)) - checkpointSteps);
  const ends: number[] = [];
  for (let tried = 0; ends.length < count && tried < (count + 1) * checkpointEvery; tried += 1, step += 1)
    if (iteration(step) % checkpointEvery === 0) ends.push(momentIn(at, workAtEnd(world, attempt, step)));
  return ends;
}

/** What a GPU is doing. */
type Doing =
  | { readonly kind: 'idle' }
  | { readonly kind: 'training'; readonly meanStepMs: number; readonly share: number }
  /** In a collective that never ends. */
  | { readonly kind: 'stuck' };

function load(
  settings: GpuSettings,
  doing: Doing,
  { cap, times }: { readonly cap?: ClockCap | undefined; readonly times?: RankTimes | undefined } = {},
): Load {
  if (doing.kind === 'idle')
    return { smMhz: idleClock(settings), reasons: clockReason.idle, powerW: idleW, shares: null, settings };
  const { smMhz, reasons } = busyClock(settings, cap);
  const shares: PhaseShares =
    doing.kind === 'stuck' || times === undefined
      ? { compute: 0, transfer: 0, wait: 1, idle: 0, input: 0 }
      : phaseShares(times, doing.meanStepMs / doing.share);
  return { smMhz, reasons, powerW: sharedPower(smMhz, shares, settings.powerLimitW), shares, settings };
}

/** Work done at a moment. */
export function workAt(at: Segment, ms: number): number {
  return at.pace === null ? at.workAtStart : at.workAtStart + at.pace.steps(at.fromMs, ms);
}

/** Steps that an attempt had done at a moment of this segment, a real number: the inverse of `stepEndMs`, jitter aside. */
export function stepsAt(at: Segment, attempt: Attempt, ms: number): number {
  return stepsAfter(attempt, workAt(at, ms));
}

export function loadOf({ settings, crew, loads, bySlot }: Segment, node: string, gpu: number): Load {
  const slot = slotOf(crew, node, gpu);
  const found = slot === undefined ? undefined : loads[bySlot === null ? 0 : (bySlot[slot] ?? 0)];
  return found ?? load(gpuSettings(settings, node, gpu), { kind: 'idle' });
}

export function lastIndexAt(segments: readonly Segment[], ms: number): number {
  return Math.max(
    0,
    lastWhere(segments, (one) => one.fromMs <= ms),
  );
}

/** Index of the last segment of which something is true that was true of all before it; -1 when there is none. */
export function lastWhere(segments: readonly Segment[], holds: (one: Segment) => boolean): number {
  let low = -1;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const one = segments[middle];
    if (one !== undefined && holds(one)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** When so much work is done if the segment lasts; Infinity when no steps are made. */
export function momentIn(at: Segment, work: number): number {
  return at.pace === null ? Infinity : at.pace.after(at.fromMs, work - at.workAtStart);
}

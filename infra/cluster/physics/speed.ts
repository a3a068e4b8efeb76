import { factAt, factsOf } from '../state/facts/fact-at.ts';
import { gpuSettings, healthyGpu, type GpuSettings, type Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import { crewOf, slotOf } from './crew.ts';
import { busyClock, type ClockCap } from './gpu-power.ts';
import type { Attempt } from './job.ts';
import { slowCauses } from './slowdowns/index.ts';
import type { RankDelay, SlowQuestion } from './slowdowns/slow-cause.ts';
import { noSlowness, ownMs, rankTimes, type RankTimes, type Slowness } from './step.ts';

/** What is particular about some ranks, and what a step takes them. */
export interface RankKind {
  readonly settings: GpuSettings;
  readonly cap: ClockCap | undefined;
  readonly times: RankTimes;
}

/** How the ranks of an attempt fare in a step. Of many thousands most are alike. */
export interface JobSpeed {
  /** The slowest rank sets the pace of all, and fewer nodes take proportionally longer for the same global batch. */
  readonly stepMs: number;
  /** What the rank that waits longest for its batch waits in a step. */
  readonly inputMs: number;
  /** The first one is that of ranks about which nothing is unusual. */
  readonly kinds: readonly RankKind[];
  /** Index of the kind of every rank, by slot (`crew.ts`); null when all are of the first. */
  readonly bySlot: Uint16Array | null;
}

/** The kinds of GPU that there are while nothing but settings and caps tells them apart. */
export function idleKinds(
  world: World,
  settings: Settings,
  nodes: readonly number[],
  caps: ReadonlyMap<string, ClockCap>,
): Pick<JobSpeed, 'kinds' | 'bySlot'> {
  return kindsOf(world, settings, nodes, caps, null);
}

/**
 * One synchronous step of an attempt while no cause changes. A slow stage of a pipeline slows its pipeline, a tensor
 * group waits for its slowest rank, and at the all-reduce everybody waits for the slowest replica: all of it ends in the
 * same maximum.
 */
export function jobSpeed(
  world: World,
  settings: Settings,
  attempt: Attempt,
  caps: ReadonlyMap<string, ClockCap>,
  atMs: number,
): JobSpeed {
  const slow = slownessOf(world, settings, attempt, atMs);
  const { kinds, bySlot } = kindsOf(world, settings, attempt.nodes, caps, slow);
  const slowestMs = kinds.reduce((slowest, { times }) => Math.max(slowest, ownMs(times)), 0);
  const share = sharedBy(world, attempt.nodes);
  const inputMs = kinds.reduce((longest, { times }) => Math.max(longest, times.inputMs), 0);
  return { stepMs: slowestMs * share, inputMs: inputMs * share, kinds, bySlot };
}

/** How much longer the same global batch takes on these nodes than on all of the job. */
export function sharedBy(world: World, nodes: readonly number[]): number {
  return world.job.nodes.length / Math.max(1, nodes.length);
}

/** `node-07/3` */
function placeOf(key: string): { readonly node: string; readonly gpu: number } {
  const slash = key.lastIndexOf('/');
  return { node: key.slice(0, slash), gpu: Number(key.slice(slash + 1)) };
}

type SlowSlots = readonly (Slowness | undefined)[];

function kindsOf(
  world: World,
  settings: Settings,
  nodes: readonly number[],
  caps: ReadonlyMap<string, ClockCap>,
  slow: SlowSlots | null,
): Pick<JobSpeed, 'kinds' | 'bySlot'> {
  const crew = crewOf(world, nodes);
  const kinds: RankKind[] = [];
  const known = new Map<string, number>();
  const codeOf = (own: GpuSettings, cap: ClockCap | undefined, slowness: Slowness): number => {
    const { computeFactor, transferFactor, idleMs, inputMs } = slowness;
    const { lockedMhz, powerLimitW } = own;
    const name = `${lockedMhz?.minMhz} ${lockedMhz?.maxMhz} ${powerLimitW} ${cap?.capMhz} ${cap?.reasons} ${computeFactor} ${transferFactor} ${idleMs} ${inputMs}`;
    const code = known.get(name) ?? kinds.length;
    if (code === kinds.length) {
      kinds.push({
        settings: own,
        cap,
        times: rankTimes(world.job.healthyStepMs, busyClock(own, cap).smMhz, slowness),
      });
      known.set(name, code);
    }
    return code;
  };
  codeOf(healthyGpu, undefined, noSlowness);
  const bySlot = new Uint16Array(crew.slots);
  if (slow !== null) {
    // Ranks of a node share one object, and so one look-up.
    let before: Slowness | undefined;
    let code = 0;
    for (let slot = 0; slot < crew.slots; slot += 1) {
      const slowness = slow[slot];
      if (slowness !== before) code = slowness === undefined ? 0 : codeOf(healthyGpu, undefined, slowness);
      before = slowness;
      bySlot[slot] = code;
    }
  }
  for (const key of new Set([...settings.gpus.keys(), ...caps.keys()])) {
    const { node, gpu } = placeOf(key);
    const slot = slotOf(crew, node, gpu);
    if (slot !== undefined)
      bySlot[slot] = codeOf(gpuSettings(settings, node, gpu), caps.get(key), slow?.[slot] ?? noSlowness);
  }
  return { kinds, bySlot: kinds.length === 1 ? null : bySlot };
}

/** What all causes together do to the ranks of an attempt, by slot: factors multiply, times add up. Null when nothing is slow. */
function slownessOf(world: World, settings: Settings, attempt: Attempt, atMs: number): SlowSlots | null {
  const question: SlowQuestion = {
    world,
    settings,
    attempt,
    atMs,
    fact: (asked) => factAt(settings, asked, atMs),
    facts: (fact) => factsOf(settings, fact, atMs),
  };
  const crew = crewOf(world, attempt.nodes);
  let slow: (Slowness | undefined)[] | null = null;
  for (const cause of slowCauses) {
    // Ranks that were alike and are slowed alike stay alike: they share one object, of all nodes if need be.
    let last: Slowed | null = null;
    for (const delay of cause(question)) {
      const node = world.nodes[delay.node];
      const first = node && crew.firstSlots.get(node.name);
      if (node === undefined || first === undefined) continue;
      slow ??= Array.from<Slowness | undefined>({ length: crew.slots });
      const [from, to] = delay.gpu === undefined ? [0, node.gpus.length] : [delay.gpu, delay.gpu + 1];
      for (let slot = first + from; slot < first + Math.min(to, node.gpus.length); slot += 1) {
        const before = slow[slot];
        if (last === null || last.before !== before || !isSameDelay(last.delay, delay))
          last = { before, delay, after: slowedBy(before ?? noSlowness, delay) };
        slow[slot] = last.after;
      }
    }
  }
  return slow;
}

interface Slowed {
  readonly before: Slowness | undefined;
  readonly delay: RankDelay;
  readonly after: Slowness;
}

function isSameDelay(one: RankDelay, other: RankDelay): boolean {
  return (
    one === other ||
    (one.computeFactor === other.computeFactor &&
      one.transferFactor === other.transferFactor &&
      one.inputMs === other.inputMs &&
      one.hostMs === other.hostMs)
  );
}

function slowedBy({ computeFactor, transferFactor, idleMs, inputMs }: Slowness, delay: RankDelay): Slowness {
  return {
    computeFactor: computeFactor * (delay.computeFactor ?? 1),
    transferFactor: transferFactor * (delay.transferFactor ?? 1),
    idleMs: idleMs + (delay.inputMs ?? 0) + (delay.hostMs ?? 0),
    inputMs: inputMs + (delay.inputMs ?? 0),
  };
}

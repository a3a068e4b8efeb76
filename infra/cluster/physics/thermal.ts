import { factAt, factsOf } from '../state/facts/fact-at.ts';
import { gpuSettings, type Settings } from '../state/settings.ts';
import { findNode, type World, type WorldGpu, type WorldNode } from '../world.ts';
import { coolingFacts, coolingShare, airflowOf, hinderedNodes } from './airflow.ts';
import { a800, clockReason } from './a800.ts';
import { cappedNodes, fixedCap, fixedCapFacts, halfMhz } from './fixed-cap.ts';
import { betweenKernelsW, busyClock, noCap, phasePower, type ClockCap } from './gpu-power.ts';
import { ownMs, phaseShares, rankTimes, type PhaseShares } from './step.ts';
import type { Load, Segment } from './segment.ts';

// Air-cooled A100 HGX boards: about 30 C at idle and 60 to 65 C at 340 W.
const inletC = 24;
const degreesPerWatt = 0.115;
// A heat sink of that size settles within a few minutes.
const settleMs = 75_000;
// After so many time constants less than a thousandth of a degree is left of what was before.
const feltMs = 12 * settleMs;

/** What a board gives to each neighbour of the degrees that it has too many: they stand in one stream of air; assumed. */
const neighbourShare = 0.08;

/**
 * `nvidia-smi -q -d TEMPERATURE` of an A100 80GB SXM: slowdown 89 C, maximum operating temperature 85 C. Software lowers
 * the clock from the second on, hardware halves it at the first.
 */
export const swSlowdownC = 85;
export const hwSlowdownC = 89;
/** Below this the driver gives clock back. */
const releaseC = 82;

/** The driver looks after the temperature at these moments and moves the clock by so much; assumed. */
const lookMs = 5_000;
const stepMhz = 4 * a800.smMhzStep;
/** Causes that make a thermal history: without one of them all clocks are as asked. */
export const thermalFacts = ['rack.inlet-c', ...coolingFacts, ...fixedCapFacts] as const;

/** What heat and power brakes do to the clocks of busy GPUs, by `node/gpu`. */
export interface Thermal {
  readonly caps: ReadonlyMap<string, ClockCap>;
  /** When the next clock moves if no cause changes; Infinity when none does. */
  readonly nextMs: number;
  /** The boards that were looked after, by `node/gpu`, and their degrees at the beginning: so that nobody works them out twice. */
  readonly boards: ReadonlyMap<string, number>;
  readonly startC: Float64Array;
}

export const coolEnough: Thermal = {
  caps: new Map(),
  nextMs: Infinity,
  boards: new Map(),
  startC: new Float64Array(),
};

/** What a GPU does in a segment (`loadOf`). */
type LoadAt = (segment: Segment, node: string, gpu: number) => Load;

/** Mean power of a board over a step. */
export function meanPower(load: Load, gpu: WorldGpu): number {
  return load.powerW * gpu.powerFactor;
}

/** First-order lag behind the power of each segment, in closed form. */
export function boardTemperature(
  segments: readonly Segment[],
  current: number,
  loadAt: LoadAt,
  node: WorldNode,
  gpu: WorldGpu,
  atMs: number,
): number {
  const settled = (index: number) => {
    const one = segments[index];
    return one === undefined ? inletC : settledC(one, loadAt, node, gpu);
  };
  const key = `${node.name}/${gpu.index}`;
  let first = current;
  let known = knownC(segments[first], key);
  while (known === undefined && first > 0 && (segments[first]?.fromMs ?? -Infinity) > atMs - feltMs) {
    first -= 1;
    known = knownC(segments[first], key);
  }
  let temperature = known ?? settled(first);
  for (let index = known === undefined ? first + 1 : first; index <= current; index += 1) {
    const from = segments[index]?.fromMs ?? atMs;
    const until = index === current ? atMs : (segments[index + 1]?.fromMs ?? atMs);
    const target = settled(index);
    temperature = target + (temperature - target) * Math.exp(-(until - from) / settleMs);
  }
  return temperature;
}

function knownC(segment: Segment | undefined, key: string): number | undefined {
  const at = segment?.thermal.boards.get(key);
  return at === undefined ? undefined : segment?.thermal.startC[at];
}

/** Where the temperature of a board goes while a segment lasts. */
function settledC(segment: Segment, loadAt: LoadAt, node: WorldNode, gpu: WorldGpu): number {
  const { settings, fromMs } = segment;
  const powerW = meanPower(loadAt(segment, node.name, gpu.index), gpu);
  return steadyC(settings, fromMs, node, gpu, powerW) + fromNeighboursC(segment, loadAt, node, gpu);
}

function steadyC(settings: Settings, ms: number, node: WorldNode, gpu: WorldGpu, powerW: number): number {
  return (
    inletOf(settings, node, ms) + gpu.warmerC + (degreesPerWatt / coolingShare(settings, node, gpu.index, ms)) * powerW
  );
}

function inletOf(settings: Settings, node: WorldNode, ms: number): number {
  return settings.facts.has('rack.inlet-c') ? factAt(settings, { fact: 'rack.inlet-c', place: node.rack }, ms) : inletC;
}

/** Only boards that are hotter than they should be warm others. */
function fromNeighboursC(segment: Segment, loadAt: LoadAt, node: WorldNode, gpu: WorldGpu): number {
  const { settings, fromMs } = segment;
  if (!settings.facts.has('gpu.fan-airflow') && !settings.facts.has('hardware.fan-speed')) return 0;
  return [gpu.index - 1, gpu.index + 1].reduce((sum, index) => {
    const other = node.gpus[index];
    if (other === undefined) return sum;
    const airflow = airflowOf(settings, node, index, fromMs);
    const tooManyC = degreesPerWatt * (1 / airflow - 1) * meanPower(loadAt(segment, node.name, index), other);
    return sum + neighbourShare * Math.max(0, tooManyC);
  }, 0);
}

/**
 * The clock caps from a moment on. Clocks move at whole multiples of `lookMs` only, so that an action in between moves
 * nothing by itself. `startC` is a board's temperature at that moment.
 */
export function thermalAt(
  world: World,
  settings: Settings,
  fromMs: number,
  before: Thermal,
  startC: (node: WorldNode, gpu: WorldGpu) => number,
): Thermal {
  const caps = new Map<string, ClockCap>();
  const places = warmPlaces(world, settings, before, fromMs);
  const starts = new Float64Array(places.length);
  let nextMs = Infinity;
  for (const [at, { node, gpu }] of places.entries()) {
    const key = placeKey(node, gpu);
    const fixed = fixedCap(settings, node, gpu.index, fromMs);
    const boardC = startC(node, gpu);
    starts[at] = boardC;
    const one = capOf(settings, fromMs, node, gpu, heatOnly(before.caps.get(key)), boardC);
    const lowest = fixed !== null && fixed.capMhz <= one.cap.capMhz ? fixed : one.cap;
    if (lowest.capMhz < a800.smMhzMax) caps.set(key, lowest);
    nextMs = Math.min(nextMs, one.nextMs);
  }
  const keys = places.map(({ node, gpu }) => placeKey(node, gpu));
  return {
    caps: isSame(caps, before.caps) ? before.caps : caps,
    nextMs,
    boards:
      keys.length === before.boards.size && keys.every((key, at) => before.boards.get(key) === at)
        ? before.boards
        : new Map(keys.map((key, at) => [key, at])),
    startC: starts,
  };
}

function placeKey(node: WorldNode, gpu: WorldGpu): string {
  return `${node.name}/${gpu.index}`;
}

function isSame(caps: ReadonlyMap<string, ClockCap>, others: ReadonlyMap<string, ClockCap>): boolean {
  if (caps.size !== others.size) return false;
  return [...caps].every(([key, { capMhz, reasons }]) => {
    const other = others.get(key);
    return other?.capMhz === capMhz && other.reasons === reasons;
  });
}

/** GPUs of the job's nodes that some cause makes warm, or that were slowed down until now. */
function warmPlaces(
  world: World,
  settings: Settings,
  before: Thermal,
  ms: number,
): readonly { readonly node: WorldNode; readonly gpu: WorldGpu }[] {
  const nodes = new Set<WorldNode>();
  const add = (node: WorldNode | undefined) => {
    if (node !== undefined && world.job.partition.includes(node.index)) nodes.add(node);
  };
  for (const name of [...hinderedNodes(settings, ms), ...cappedNodes(settings, ms)]) add(findNode(world, name));
  const racks = new Set(factsOf(settings, 'rack.inlet-c', ms).map((one) => one.place));
  const brakes = new Set(factsOf(settings, 'power-unit.brake', ms).map((one) => one.place));
  if (racks.size + brakes.size > 0)
    for (const node of world.nodes) if (racks.has(node.rack) || brakes.has(node.powerUnit)) add(node);
  for (const key of before.caps.keys()) add(findNode(world, key.slice(0, key.lastIndexOf('/'))));
  return [...nodes].flatMap((node) => node.gpus.map((gpu) => ({ node, gpu })));
}

/** A brake or a limit that went leaves nothing behind; where one was lower, the heat begins anew. */
function heatOnly(cap: ClockCap = noCap): ClockCap {
  const heat = clockReason.swThermalSlowdown | clockReason.hwThermalSlowdown;
  return (cap.reasons & heat) === 0 ? noCap : cap;
}

function capOf(
  settings: Settings,
  fromMs: number,
  node: WorldNode,
  gpu: WorldGpu,
  before: ClockCap,
  startC: number,
): { readonly cap: ClockCap; readonly nextMs: number } {
  const own = gpuSettings(settings, node.name, gpu.index);
  const goesTo = (mhz: number) => {
    const cap = { capMhz: mhz, reasons: 0 };
    return steadyC(settings, fromMs, node, gpu, pacePower(busyClock(own, cap).smMhz) * gpu.powerFactor);
  };
  const holdMhz = highest((mhz) => goesTo(mhz) <= swSlowdownC);
  const looks = fromMs % lookMs === 0;
  const cap = looks ? moved(before, holdMhz, startC) : before;
  const target = goesTo(cap.capMhz);
  const moves =
    cap.capMhz > holdMhz
      ? reaches(startC, target, startC >= swSlowdownC ? hwSlowdownC : swSlowdownC, fromMs)
      : cap.capMhz < holdMhz
        ? reaches(startC, target, releaseC, fromMs)
        : Infinity;
  const soon = (cap.capMhz > holdMhz && startC >= swSlowdownC) || (cap.capMhz < holdMhz && startC <= releaseC);
  return { cap, nextMs: nextLook(soon ? fromMs : moves, fromMs) };
}

function moved(before: ClockCap, holdMhz: number, startC: number): ClockCap {
  const sw = { reasons: clockReason.swThermalSlowdown };
  if (startC >= hwSlowdownC && holdMhz < a800.smMhzMax)
    return {
      capMhz: Math.min(before.capMhz, halfMhz),
      reasons: clockReason.hwSlowdown | clockReason.hwThermalSlowdown,
    };
  if (startC >= swSlowdownC && before.capMhz > holdMhz)
    return { capMhz: Math.max(holdMhz, before.capMhz - stepMhz), ...sw };
  if (startC <= releaseC && before.capMhz < holdMhz)
    return { capMhz: Math.min(holdMhz, before.capMhz + stepMhz), ...sw };
  return before;
}

/** Power of a GPU that sets the pace of its job at this clock. */
function pacePower(smMhz: number): number {
  // Shares of a step do not depend on its length.
  const times = rankTimes(1, smMhz);
  return sharedPower(smMhz, phaseShares(times, ownMs(times)), a800.powerLimitW);
}

/** Mean over a step. In every phase the board keeps its limit; what is bound by memory or links does not take longer. */
export function sharedPower(smMhz: number, shares: PhaseShares, limitW: number): number {
  const watts = phasePower(smMhz);
  const kept = (phaseW: number) => Math.min(phaseW, limitW);
  return (
    shares.compute * kept(watts.computeW) +
    shares.transfer * kept(watts.transferW) +
    shares.wait * kept(watts.waitW) +
    shares.idle * betweenKernelsW
  );
}

function highest(holds: (mhz: number) => boolean): number {
  let mhz: number = a800.smMhzMax;
  while (mhz > a800.smMhzMin && !holds(mhz)) mhz -= a800.smMhzStep;
  return mhz;
}

/** When a board on its way from one temperature to another passes a third; Infinity when it does not. */
function reaches(startC: number, targetC: number, passedC: number, fromMs: number): number {
  const share = (targetC - startC) / (targetC - passedC);
  return share > 1 && Number.isFinite(share) ? fromMs + settleMs * Math.log(share) : Infinity;
}

/** The driver's first look at or after a moment, later than the present. */
function nextLook(ms: number, afterMs: number): number {
  if (ms === Infinity) return Infinity;
  const look = Math.ceil(ms / lookMs) * lookMs;
  return look > afterMs ? look : (Math.floor(afterMs / lookMs) + 1) * lookMs;
}

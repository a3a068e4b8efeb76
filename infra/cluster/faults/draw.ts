import { integer, uniform } from '../noise.ts';
import type { Drawn } from '../state/actions.ts';
import type { Onset } from '../state/facts/onset.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';
import type { OnsetRange, Range, Ranges } from './fault.ts';

/** Places and numbers of one injection: a function of its seed and the fault's id. */
export interface DrawPlace {
  /** A node on which a job runs. */
  node(): WorldNode;
  /** Another node of the same cluster than this one. */
  nodeBeside(node: string): WorldNode;
  gpu(): number;
  hca(node: WorldNode): WorldHca;
  pick<T>(name: string, list: readonly T[]): T;
}

export function drawPlace(world: World, seed: number, id: string): DrawPlace {
  const working = world.nodes.filter((node) => world.jobs.some((job) => job.nodes.includes(node.index)));
  const candidates = working.length === 0 ? world.nodes : working;
  const pick = <T>(name: string, list: readonly T[]): T => {
    const one = list[integer(seed, list.length, id, name)];
    if (one === undefined) throw new DrawRefusal(`${id}: this cluster has no ${name} that it could strike`);
    return one;
  };
  return {
    node: () => pick('node', candidates),
    nodeBeside(node) {
      const others = candidates.filter((one) => one.name !== node);
      return pick('node-beside', others.length === 0 ? candidates : others);
    },
    gpu: () => integer(seed, world.gpusPerNode, id, 'gpu'),
    hca: (node) => pick('hca', node.hcas),
    pick,
  };
}

/** Asked for what cannot be had; the message is for the person who asked. */
export class DrawRefusal extends Error {
  override readonly name = 'DrawRefusal';
}

export interface Wishes {
  readonly onset?: Onset | undefined;
  readonly values?: Readonly<Record<string, number>> | undefined;
  /** Not as bad as the seed has it, but so that anybody soon sees it: sudden, and of the values that ranges call clear. */
  readonly clear?: boolean | undefined;
}

/** What nobody asked for is drawn; what somebody asked for must be in its range. */
export function drawValues(
  fault: { readonly id: string; readonly onsets: readonly OnsetRange[]; readonly ranges: Ranges },
  seed: number,
  { onset, values = {}, clear = false }: Wishes,
): Drawn {
  const { id, ranges } = fault;
  for (const name of Object.keys(values))
    if (ranges[name] === undefined)
      throw new DrawRefusal(`${id} has no value ${name}; it has ${Object.keys(ranges).join(', ') || 'none'}`);
  const chosen = Object.entries(ranges).map(([name, range]) => {
    const asked = values[name];
    if (asked !== undefined) refuseOutside(`${id}: ${name}`, asked, range);
    return [
      name,
      asked ?? (clear ? range.clear : undefined) ?? drawn(range, uniform(seed, id, 'value', name)),
    ] as const;
  });
  return {
    seed,
    onset: onset === undefined ? unaskedOnset(fault, seed, clear) : allowed(fault, onset),
    values: Object.fromEntries(chosen),
  };
}

function unaskedOnset(fault: Parameters<typeof drawOnset>[0], seed: number, clear: boolean): Onset {
  const isEverSudden = fault.onsets.some(({ shape }) => shape === 'sudden');
  return clear && isEverSudden ? { shape: 'sudden' } : drawOnset(fault, seed);
}

function drawOnset(
  { id, onsets }: { readonly id: string; readonly onsets: readonly OnsetRange[] },
  seed: number,
): Onset {
  const range = onsets[integer(seed, onsets.length, id, 'onset')] ?? { shape: 'sudden' };
  const drawn = (name: string, one: Range) => within(one, uniform(seed, id, 'onset', name));
  switch (range.shape) {
    case 'sudden':
      return { shape: 'sudden' };
    case 'creeping':
      return { shape: 'creeping', rampMs: Math.round(drawn('ramp', range.rampMs)) };
    case 'intermittent':
      return {
        shape: 'intermittent',
        periodMs: Math.round(drawn('period', range.periodMs)),
        onShare: drawn('share', range.onShare),
      };
    case 'passing':
      return { shape: 'passing', lengthMs: Math.round(drawn('length', range.lengthMs)) };
  }
}

function allowed({ id, onsets }: { readonly id: string; readonly onsets: readonly OnsetRange[] }, asked: Onset): Onset {
  const range = onsets.find((one) => one.shape === asked.shape);
  if (range === undefined)
    throw new DrawRefusal(`${id} is never ${asked.shape}, only ${onsets.map((one) => one.shape).join(' or ')}`);
  if (range.shape === 'creeping' && asked.shape === 'creeping')
    refuseOutside(`${id}: rampMs`, asked.rampMs, range.rampMs);
  if (range.shape === 'intermittent' && asked.shape === 'intermittent') {
    refuseOutside(`${id}: periodMs`, asked.periodMs, range.periodMs);
    refuseOutside(`${id}: onShare`, asked.onShare, range.onShare);
  }
  if (range.shape === 'passing' && asked.shape === 'passing')
    refuseOutside(`${id}: lengthMs`, asked.lengthMs, range.lengthMs);
  return asked;
}

function refuseOutside(what: string, value: number, { min, max, unit, integer: whole }: Range): void {
  if (!(value >= min && value <= max)) throw new DrawRefusal(`${what} is ${min} to ${max} ${unit}, not ${value}`);
  if (whole === true && !Number.isInteger(value)) throw new DrawRefusal(`${what} is a whole number, not ${value}`);
}

function drawn(range: Range, share: number): number {
  const { usual = [] } = range;
  return usual[Math.floor(share * usual.length)] ?? within(range, share);
}

function within({ min, max, integer: whole }: Range, share: number): number {
  return whole === true ? min + Math.floor(share * (max - min + 1)) : min + share * (max - min);
}

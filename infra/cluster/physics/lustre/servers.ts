import { hexDigits, integer, uniform } from '../../noise.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { factId } from '../../state/facts/store.ts';
import { clusterPlace } from '../../state/place.ts';
import type { World, WorldNode } from '../../world.ts';
import type { Timeline } from '../timeline.ts';

/** One metadata target, and 24 targets for data on four servers; LNet has all four adapters of a node. */
export interface LustreTarget {
  readonly kind: 'osc' | 'mdc';
  readonly name: string;
  /** Servers of data are 0 to 3. */
  readonly server: number | 'metadata';
  readonly nid: string;
}

const dataTargets = 24;
const dataServers = 4;

/** Targets of data first, in the order of their numbers. */
export const lustreTargets: readonly LustreTarget[] = [
  ...Array.from({ length: dataTargets }, (_, number): LustreTarget => {
    const server = Math.floor((number * dataServers) / dataTargets);
    const name = `scratch-OST${number.toString(16).padStart(4, '0')}`;
    return { kind: 'osc', name, server, nid: `10.64.254.${21 + server}@o2ib` };
  }),
  { kind: 'mdc', name: 'scratch-MDT0000', server: 'metadata', nid: '10.64.254.11@o2ib' },
];

/** The client's device for a target: `scratch-OST0000-osc-ffff8a1c…`. */
export function lustreDevice({ seed }: World, node: WorldNode, { kind, name }: LustreTarget): string {
  return `${name}-${kind}-ffff${hexDigits(12, seed, 'lustre-client', node.index)}`;
}

/**
 * The servers that answer late while the file system does: one or two of those with data, which rebuild a group of
 * drives, or that of metadata, which somebody's job keeps busy. None in a twin (`faults/twin-long-reads.ts`).
 */
export function slowServers(timeline: Timeline, ms: number): readonly LustreTarget['server'][] {
  const { settings } = timeline.segmentAt(ms);
  const set = settings.facts.get('storage.lustre-slowdown')?.get(factId(clusterPlace));
  if (set === undefined || longReads(timeline, ms)) return [];
  const { seed } = timeline.world;
  if (uniform(seed, 'lustre-metadata', set.sinceMs) < metadataShare) return ['metadata'];
  const first = integer(seed, dataServers, 'lustre-server', set.sinceMs);
  const isPair = uniform(seed, 'lustre-pair', set.sinceMs) < 0.3;
  return isPair ? [first, (first + 1) % dataServers] : [first];
}

const metadataShare = 0.3;

/** Whether reads take long at a site with fixed time-outs, where nobody can tell whose delay it is. */
export function longReads(timeline: Timeline, ms: number): boolean {
  const { settings } = timeline.segmentAt(ms);
  return (
    settings.facts.has('alike.long-reads') &&
    factAt(settings, { fact: 'alike.long-reads', place: clusterPlace }, ms) !== 'none'
  );
}

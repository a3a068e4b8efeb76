import { findNode, type World } from '../world.ts';
import type { Change } from './actions.ts';
import { factKind } from './facts/index.ts';
import type { PlaceKind } from './facts/kind.ts';
import { clusterPlace, parseGpuPlace, parseHcaPlace, parseRankPlace } from './place.ts';

/** Why a change cannot be recorded, or null: a fact that nothing could read is a mistake of whoever wrote it. */
export function problemOf(world: World, change: Change): string | null {
  if (change.kind !== 'fact' && change.kind !== 'fact-clear') return null;
  const { name, healthy, place, key } = factKind(change.fact);
  if ((key === undefined) !== (change.key === undefined))
    return key === undefined ? `${name} has no key` : `${name} needs a key: ${key}`;
  if (!isPlace(world, place, change.place)) return `${name}: there is no ${place} ${change.place}`;
  if (change.kind === 'fact' && typeof change.value !== typeof healthy)
    return `${name} is a ${typeof healthy}, not ${JSON.stringify(change.value)}`;
  return null;
}

function isPlace(world: World, kind: PlaceKind, place: string): boolean {
  switch (kind) {
    case 'cluster':
      return place === clusterPlace;
    case 'rack':
      return world.racks.includes(place);
    case 'power-unit':
      return world.powerUnits.includes(place);
    case 'switch':
      return world.switches.some((one) => one.name === place);
    case 'node':
      // Tools and services of the management host have facts too.
      return findNode(world, place) !== undefined || place === world.management.name;
    case 'gpu': {
      const at = parseGpuPlace(place);
      return at !== null && findNode(world, at.node)?.gpus[at.gpu] !== undefined;
    }
    case 'hca': {
      const at = parseHcaPlace(place);
      return at !== null && findNode(world, at.node)?.hcas.some((hca) => hca.name === at.hca) === true;
    }
    case 'job':
      return world.jobs.some((job) => job.name === place);
    case 'rank': {
      const at = parseRankPlace(place);
      const job = world.jobs.find((one) => one.name === at?.job);
      return at !== null && job !== undefined && at.rank < job.nodes.length * world.gpusPerNode;
    }
  }
}

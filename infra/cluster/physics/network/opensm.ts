import { factAt, type FactSettings } from '../../state/facts/fact-at.ts';
import type { World } from '../../world.ts';

/** OpenSM on the management host gives every port its address; what has one keeps it while OpenSM is away. */
export function subnetManagerRuns({ management }: World, settings: FactSettings, ms: number): boolean {
  if (!settings.facts.has('host.service')) return true;
  return factAt(settings, { fact: 'host.service', place: management.name, key: 'opensmd' }, ms) === 'active';
}

import { factsOf } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';

/** How much longer the slowest drive of a node takes for a request. */
export function driveSlowdown(settings: Settings, node: WorldNode, ms: number): number {
  if (!settings.facts.has('storage.nvme-slowdown')) return 1;
  const own = factsOf(settings, 'storage.nvme-slowdown', ms).filter(({ place }) => place === node.name);
  return Math.max(1, ...own.map(({ value }) => value));
}

import { uniform } from '../noise.ts';
import { factAt, factSince } from '../state/facts/fact-at.ts';
import { powerCycleMs } from '../state/happening.ts';
import { gpuPlace } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { bootMsOf } from './node-life.ts';

/** `lost`: the driver had it and it does not answer any more. `absent`: it was not there when the machine started. */
export type Presence = 'there' | 'lost' | 'absent';

export function presenceOf(settings: Settings, node: WorldNode, gpu: number, ms: number): Presence {
  const sinceMs = offBusSince(settings, node, gpu, ms);
  if (sinceMs === null) return 'there';
  return sinceMs < bootMsOf(settings, node, ms) ? 'absent' : 'lost';
}

/** Since when a board does not answer on PCIe; null while it does. */
export function offBusSince(settings: Settings, node: WorldNode, gpu: number, ms: number): number | null {
  const { facts } = settings;
  if (!facts.has('gpu.off-bus') && !facts.has('gpu.riser-loose')) return null;
  const place = gpuPlace(node, gpu);
  const isDead = factAt(settings, { fact: 'gpu.off-bus', place }, ms);
  const dead = isDead ? factSince(settings, { fact: 'gpu.off-bus', place }, ms) : null;
  const fallMs = looseFallMs(settings, node, gpu, ms);
  const loose = fallMs !== null && fallMs <= ms ? fallMs : null;
  if (dead === null || loose === null) return dead ?? loose;
  return Math.min(dead, loose);
}

/** When a board that sits badly falls off after the power-up that was the last at a moment; null for a firm one. */
export function looseFallMs(settings: Settings, node: WorldNode, gpu: number, ms: number): number | null {
  if (!settings.facts.has('gpu.riser-loose')) return null;
  const place = gpuPlace(node, gpu);
  const looseMs = factSince(settings, { fact: 'gpu.riser-loose', place }, ms);
  if (looseMs === null) return null;
  const poweredMs = poweredUpMs(settings, node, ms);
  const draw = uniform(settings.seed, 'riser', node.index, gpu, Math.floor(Math.max(looseMs, poweredMs)));
  // What moved it the first time goes on; after that it takes some minutes of heat. Assumed.
  const holdsMs = 1_000 * factAt(settings, { fact: 'gpu.riser-holds-s', place }, ms);
  const heldMs = holdsMs > 0 ? holdsMs * (0.9 + 0.2 * draw) : 300_000 + 600_000 * draw;
  return poweredMs > looseMs ? poweredMs + heldMs : looseMs + 20_000 + 100_000 * draw;
}

/** Contacts that were pulled apart come together when the power was off: a warm reboot does not do it. */
function poweredUpMs(settings: Settings, node: WorldNode, ms: number): number {
  const cycles = settings.reboots.get(node.name) ?? [];
  return cycles.findLast(({ fromMs, backMs }) => backMs <= ms && backMs - fromMs === powerCycleMs)?.backMs ?? -Infinity;
}

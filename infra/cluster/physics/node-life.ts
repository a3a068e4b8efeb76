import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';

/** Whether the operating system of a node runs: it is on, and not starting up. */
export function isUp(settings: Settings, node: string, ms: number): boolean {
  const reboots = settings.reboots.get(node);
  if (reboots !== undefined && reboots.some(({ fromMs, backMs }) => fromMs <= ms && ms < backMs)) return false;
  return !settings.facts.has('host.power') || factAt(settings, { fact: 'host.power', place: node }, ms) === 'on';
}

// Of the time that a node is away, its firmware takes all but the last seconds; the kernel's clock begins there.
const kernelMs = 42_000;

/** When the kernel that runs at a moment began. */
export function bootMsOf(settings: Settings, node: WorldNode, ms: number): number {
  const last = settings.reboots.get(node.name)?.findLast(({ backMs }) => backMs <= ms);
  return last === undefined ? node.bootMs : last.backMs - kernelMs;
}

import { factAt } from '../state/facts/fact-at.ts';
import { factSpansAt } from '../state/facts/spans.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { bootMsOf } from './node-life.ts';
import type { Timeline } from './timeline.ts';

/** A swap file that a node has which was installed by the distribution's defaults. */
export const swapFile = { path: '/swap.img', kib: 67_108_860 } as const;

/** MiB in a second, in and out together. */
export function swapRate(settings: Settings, node: WorldNode, ms: number): number {
  return settings.facts.has('host.swap-mib-per-second')
    ? factAt(settings, { fact: 'host.swap-mib-per-second', place: node.name }, ms)
    : 0;
}

/** Used KiB of the swap file; null on a node without one. */
export function swapUsedKib(timeline: Timeline, node: WorldNode, ms: number): number | null {
  const rate = swapRate(timeline.segmentAt(ms).settings, node, ms);
  return rate === 0 ? null : Math.min(swapFile.kib - 118_204, Math.round(swapFile.kib * (0.7 + rate / 4_000)));
}

/** Pages of 4 KiB that were written to and read from swap since the boot. */
export function swappedPages(
  timeline: Timeline,
  node: WorldNode,
  ms: number,
): { readonly in: number; readonly out: number } {
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms);
  const mib = factSpansAt(timeline, { fact: 'host.swap-mib-per-second', place: node.name }, bootMs, ms).reduce(
    (sum, span) => sum + (span.value * Math.max(0, Math.min(span.toMs, ms) - Math.max(span.fromMs, bootMs))) / 1000,
    0,
  );
  return { in: Math.floor(mib * 256 * 0.55), out: Math.floor(mib * 256 * 0.45) };
}

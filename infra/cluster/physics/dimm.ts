import type { FactSpan } from '../state/facts/spans.ts';
import { spansOnce } from './spans-once.ts';
import type { WorldNode } from '../world.ts';
import { bootMsOf } from './node-life.ts';
import { strikesOn, type StrikeRule } from './strikes.ts';
import type { Timeline } from './timeline.ts';

/** Slots of the two sockets, eight channels each: `CPU0_A1` to `CPU1_H1`. One memory controller a socket. */
export const dimmSlots: readonly string[] = [0, 1].flatMap((socket) =>
  'ABCDEFGH'.split('').map((channel) => `CPU${socket}_${channel}1`),
);

export function controllerOf(slot: string): number {
  return Number(slot.charAt(3));
}

export function channelOf(slot: string): number {
  return slot.charCodeAt(5) - 'A'.charCodeAt(0);
}

/** A poisoned line is met by whoever reads it next; the page is taken away, and the next row of the chip goes bad. */
export const dimmRule = {
  fact: 'hardware.dimm',
  strikes: (value: string) => value === 'uncorrectable',
  firstMs: [6_000, 25_000],
  againMs: [120_000, 420_000],
} as const satisfies StrikeRule<'hardware.dimm'>;

export interface ControllerCounters {
  readonly controller: number;
  readonly ce: number;
  readonly ue: number;
  readonly dimms: readonly { readonly rank: string; readonly ce: number; readonly ue: number }[];
}

/** What EDAC has counted since the machine started. */
export function dimmCounters(cluster: Timeline, node: WorldNode, ms: number): readonly ControllerCounters[] {
  const timeline = cluster.of(node);
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms);
  const strikes = spansOnce(timeline, 'hardware.dimm', ms).some(({ place }) => place === node.name)
    ? strikesOn(timeline, node, dimmRule, ms)
    : [];
  const worn = wornModules(timeline, node, ms);
  return [0, 1].map((controller) => {
    const dimms = dimmSlots
      .filter((slot) => controllerOf(slot) === controller)
      .map((slot) => ({
        rank: `rank${channelOf(slot)}`,
        ce: correctedErrors(worn.get(slot) ?? [], bootMs, ms),
        ue: strikes.filter(({ key, atMs }) => key === slot && atMs >= bootMs).length,
      }));
    const sum = (of: (dimm: (typeof dimms)[number]) => number) => dimms.reduce((total, one) => total + of(one), 0);
    return { controller, dimms, ce: sum((one) => one.ce), ue: sum((one) => one.ue) };
  });
}

/** Stretches in which a module has corrected errors, oldest first. */
type CorrectedSpans = readonly FactSpan<'hardware.dimm-corrected'>[];

/** Modules of a node that had corrected errors up to a moment, and when how many. */
export function wornModules(timeline: Timeline, node: WorldNode, toMs: number): ReadonlyMap<string, CorrectedSpans> {
  const spans = spansOnce(timeline, 'hardware.dimm-corrected', toMs).filter(({ place }) => place === node.name);
  return Map.groupBy(spans, ({ key = '' }) => key);
}

/** Errors that ECC corrected between two moments. */
export function correctedErrors(spans: CorrectedSpans, fromMs: number, toMs: number): number {
  const sum = spans.reduce((total, span) => {
    const ms = Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs);
    return total + (span.value * Math.max(0, ms)) / 1000;
  }, 0);
  return Math.floor(sum);
}

/** When there had been so many corrected errors; null when there had not up to a moment. */
export function correctedReachedMs(spans: CorrectedSpans, count: number, toMs: number): number | null {
  let left = count;
  for (const { value, fromMs, toMs: endMs } of spans) {
    const atMs = fromMs + (left / value) * 1000;
    if (atMs <= Math.min(endMs, toMs)) return atMs;
    left -= (value * (Math.min(endMs, toMs) - fromMs)) / 1000;
  }
  return null;
}

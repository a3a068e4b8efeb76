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

/** Corrected errors of a module that has many of them, per second; assumed. */
export const correctedPerSecond = 0.8;

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
  const spans = spansOnce(timeline, 'hardware.dimm', ms).filter(
    ({ place, toMs }) => place === node.name && toMs > bootMs,
  );
  const strikes = spans.length === 0 ? [] : strikesOn(timeline, node, dimmRule, ms);
  return [0, 1].map((controller) => {
    const dimms = dimmSlots
      .filter((slot) => controllerOf(slot) === controller)
      .map((slot) => ({
        rank: `rank${channelOf(slot)}`,
        ce: spans
          .filter(({ key }) => key === slot)
          .reduce(
            (sum, { fromMs, toMs }) =>
              sum + Math.floor((correctedPerSecond * (Math.min(toMs, ms) - Math.max(fromMs, bootMs))) / 1000),
            0,
          ),
        ue: strikes.filter(({ key, atMs }) => key === slot && atMs >= bootMs).length,
      }));
    const sum = (of: (dimm: (typeof dimms)[number]) => number) => dimms.reduce((total, one) => total + of(one), 0);
    return { controller, dimms, ce: sum((one) => one.ce), ue: sum((one) => one.ue) };
  });
}

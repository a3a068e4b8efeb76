import { factSpans } from '../../state/facts/spans.ts';
import type { BmcSource, SelEntry } from './bmc-source.ts';

/** Upper non-critical threshold of the inlet sensor; typical of GPU servers that ASHRAE class A2 allows 35 C. */
export const inletUpperNonCriticalC = 35;

/** The inlet sensor passes its threshold and comes back. */
export const heatEntries: BmcSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'rack.inlet-c', fromMs, toMs)
    .filter(({ place, value }) => place === node.rack && value >= inletUpperNonCriticalC)
    .flatMap((span): readonly SelEntry[] => {
      const sensor = 'Temperature Inlet_Temp';
      const event = 'Upper Non-critical going high';
      const up: SelEntry = { atMs: span.fromMs, sensor, event, direction: 'Asserted' };
      return span.toMs === Infinity ? [up] : [up, { ...up, atMs: span.toMs, direction: 'Deasserted' }];
    });

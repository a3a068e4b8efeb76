import { integer } from '../../noise.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { BmcSource, SelEntry } from './bmc-source.ts';

const dayMs = 24 * 3_600_000;
// Two entries that belong together lie minutes apart.
const lastedMs = 11 * 60_000;

type Told = Pick<SelEntry, 'sensor' | 'event'>;

/** In the words of ipmitool, as the sources beside this one use them. */
const told: Readonly<Record<string, Told>> = {
  'psu-lost': { sensor: 'Power Supply PSU2_Status', event: 'Power Supply AC lost' },
  fan: { sensor: 'Fan FAN3_F_Speed', event: 'Lower Critical going low' },
  dimm: { sensor: 'Memory CPU0_A1', event: 'Correctable ECC' },
  inlet: { sensor: 'Temperature Inlet_Temp', event: 'Upper Non-critical going high' },
};

/** What was noted four to six weeks ago and is over since; what is corrected does not end. */
export const pastEntries: BmcSource = (timeline, node, _fromMs, toMs) => {
  const { world } = timeline;
  const value = factAt(timeline, { fact: 'bmc.past-event', place: node.name }, toMs);
  const one = told[value];
  if (one === undefined) return [];
  const atMs = world.historyFromMs - 28 * dayMs - integer(world.seed, 14 * dayMs, 'past-event', node.index);
  const up: SelEntry = { ...one, atMs, direction: 'Asserted' };
  return value === 'dimm' ? [up] : [up, { ...up, atMs: atMs + lastedMs, direction: 'Deasserted' }];
};

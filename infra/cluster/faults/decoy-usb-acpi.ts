import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** Somebody has the console of the management controller open, and its power meter has no handler. */
export const decoyUsbAcpi = defineFault({
  id: 'decoy-usb-acpi',
  kind: 'decoy',
  summary: 'the kernel of one node reports errors of USB and ACPI again and again; no job uses either',
  categories: [],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { rate: { min: 0.5, max: 6, unit: 'lines/min' } },
  heals: 'nothing is wrong; closing the console, or another firmware, makes it quiet',
  causes: ({ place }, { rate }) => [
    setFact('host.kernel-chatter', place, rate, { key: 'usb' }),
    setFact('host.kernel-chatter', place, rate / 2, { key: 'acpi' }),
  ],
});

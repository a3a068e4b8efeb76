import { integer } from '../noise.ts';
import { powerSupplies } from '../physics/fixed-cap.ts';
import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp } from './rhythms.ts';

/** With one of four gone the controller caps the GPUs, with two it pulls their power brake; the second may follow the first. */
export const psuFailed = defineFault({
  id: 'psu-failed',
  summary: 'one or two power supplies of a node are gone, and its management controller holds the GPUs down',
  categories: ['host-hardware-fault'],
  place: 'node',
  onsets: [atOnce, buildingUp],
  ranges: {
    lost: { min: 1, max: 2, unit: 'supplies', integer: true },
    noInput: { min: 0, max: 1, unit: 'flag', integer: true },
  },
  heals: 'another power supply, or its cord',
  causes: ({ place }, { lost, noInput }, { seed }) => {
    const first = integer(seed, powerSupplies.length, 'psu', place);
    return Array.from({ length: lost }, (_, at) =>
      setFact('hardware.psu', place, noInput === 1 ? 'no-input' : 'failed', {
        key: powerSupplies[(first + at) % powerSupplies.length] ?? 'PSU1',
        ...(at === 0 && { onset: sudden }),
      }),
    );
  },
});

import { integer } from '../noise.ts';
import { dimmSlots } from '../physics/dimm.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A memory module of the host with cells that ECC cannot save: whoever reads them is killed. */
export const dimmUncorrectable = defineFault({
  id: 'dimm-uncorrectable',
  summary: 'a memory module of a node has uncorrectable errors, and the kernel kills who meets them',
  categories: ['host-hardware-fault'],
  place: 'node',
  heals: 'another memory module',
  causes: ({ place }, _values, { seed }) => [
    setFact('hardware.dimm', place, 'uncorrectable', {
      key: dimmSlots[integer(seed, dimmSlots.length, 'dimm', place)] ?? 'CPU0_A1',
    }),
  ],
});

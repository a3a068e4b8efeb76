import { integer } from '../noise.ts';
import { dimmSlots } from '../physics/dimm.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, growing } from './rhythms.ts';

/**
 * A memory module of the host with cells that ECC cannot save: whoever reads them is killed. Most such errors have corrected
 * ones before them, more from month to month ("DRAM Errors in the Wild", SIGMETRICS 2009: 70 to 80 % in the same month), and
 * how many differs by orders of magnitude; from one in ten seconds to a storm, which is assumed.
 */
export const dimmUncorrectable = defineFault({
  id: 'dimm-uncorrectable',
  summary: 'a memory module of a node has uncorrectable errors, and the kernel kills who meets them',
  categories: ['host-hardware-fault'],
  place: 'node',
  onsets: [atOnce, growing],
  ranges: { corrected: { min: 0.1, max: 20, unit: 'errors/s', usual: [0.1, 0.8, 0.8, 4, 20], clear: 0.8 } },
  heals: 'another memory module',
  causes({ place }, { corrected }, { seed }) {
    const key = dimmSlots[integer(seed, dimmSlots.length, 'dimm', place)] ?? 'CPU0_A1';
    // What ECC corrects grows; the first cells that it cannot save come at the end.
    return [
      setFact('hardware.dimm-corrected', place, corrected, { key }),
      setFact('hardware.dimm', place, 'uncorrectable', { key }),
    ];
  },
});

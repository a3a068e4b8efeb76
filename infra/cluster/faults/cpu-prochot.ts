import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** The regulators of the sockets report heat that is not there, and the board holds all cores down. */
export const cpuProchot = defineFault({
  id: 'cpu-prochot',
  summary: 'the board of a node holds its CPUs at a fraction of their clock (PROCHOT)',
  categories: ['host-hardware-fault'],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { mhz: { min: 400, max: 1_200, unit: 'MHz' } },
  heals: 'another main board, or its regulators',
  causes: ({ place }, { mhz }) => [setFact('hardware.cpu-mhz-max', place, mhz)],
});

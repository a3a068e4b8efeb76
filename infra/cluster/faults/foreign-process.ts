import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp } from './rhythms.ts';

/** Somebody logged in past the scheduler and uses a GPU that belongs to a job. */
export const foreignProcess = defineFault({
  id: 'foreign-process',
  summary: 'a process of somebody else takes part of the time and memory of one GPU',
  categories: ['foreign-gpu-process'],
  place: 'gpu',
  onsets: [atOnce, buildingUp],
  ranges: {
    mib: { min: 2_000, max: 12_000, unit: 'MiB', integer: true },
    mines: { min: 0, max: 1, unit: 'flag', integer: true },
  },
  heals: 'ending that process (`wardround-fix kill`), or a reboot',
  causes: ({ place }, { mib, mines }) => [
    // It is there from the first cell on; what it keeps may grow.
    setFact('gpu.process', place, mines === 1 ? 'miner' : 'notebook', { onset: sudden }),
    setFact('gpu.process-mib', place, mib),
  ],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** A scanner on a node with 192 hardware threads, of which trainers use a third. */
export const noisyBusyHost = defineFault({
  id: 'noisy-busy-host',
  kind: 'noisy',
  summary: 'healthy: a scanner keeps some cores of a node busy that no trainer needs',
  categories: [],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { threads: { min: 4, max: 20, unit: 'threads', integer: true } },
  heals: 'nothing is wrong',
  causes: ({ place }, { threads }) => [setFact('host.cpu-hog-threads', place, threads)],
});

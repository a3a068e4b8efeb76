import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** A node on which monitoring starts short containers: profiles and bridge ports come and go. */
export const noisyChattyKernel = defineFault({
  id: 'noisy-chatty-kernel',
  kind: 'noisy',
  summary: 'healthy: the kernel of one node tells of profiles and bridge ports many times a minute',
  categories: [],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { rate: { min: 8, max: 40, unit: 'lines/min' } },
  heals: 'nothing is wrong',
  causes: ({ place }, { rate }) => [setFact('host.kernel-chatter', place, rate, { key: 'audit' })],
});

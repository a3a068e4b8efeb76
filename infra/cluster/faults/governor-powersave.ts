import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** A power-saving profile of the distribution came with an update of tuned. */
export const governorPowersave = defineFault({
  id: 'governor-powersave',
  summary: 'the cores of one node stay at their lowest clock',
  categories: ['cpu-affinity-misconfig'],
  place: 'node',
  heals: 'setting the governor (`cpupower frequency-set -g performance`), or a reboot',
  draw: memberOfLargestJob,
  causes: ({ place }) => [setFact('host.cpu-governor', place, 'powersave')],
});

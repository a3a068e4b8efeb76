import { uniform } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Lanes of a cable broke: the link works on those that are left. */
export const ibWidth1x = defineFault({
  id: 'ib-width-1x',
  summary: 'lanes of the cable of one HCA are broken and its link runs at 1x or 2x instead of 4x',
  categories: ['rdma-link-fault'],
  place: 'hca',
  heals: 'another cable; training the link anew finds the same lanes broken',
  causes: ({ place }, _drawn, { seed }) => [
    setFact('ib.link-width', place, uniform(seed, 'ib-width-1x') < 0.6 ? '1x' : '2x'),
  ],
});

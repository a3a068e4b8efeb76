import { factsOf } from '../state/facts/fact-at.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** OpenSM has failed. Nobody notices, until one link loses its contact for a moment and is given no place any more. */
export const subnetManagerDown = defineFault({
  id: 'subnet-manager-down',
  summary: 'the subnet manager has failed; a port that was trained anew since stays in Init',
  categories: ['rdma-link-fault'],
  place: 'hca',
  heals: 'starting opensmd on the management host',
  causes: ({ place }, _drawn, { world }) => [
    setFact('host.service', world.management.name, 'failed', { key: 'opensmd' }),
    setFact('ib.trained-anew', place, true),
  ],
  // A subnet manager that runs configures whatever waits for it.
  present: (settings, _injection, ms) =>
    factsOf(settings, 'host.service', ms).some(({ key }) => key === 'opensmd') && settings.facts.has('ib.trained-anew'),
});

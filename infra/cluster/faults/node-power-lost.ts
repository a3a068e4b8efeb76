import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A converter on the main board trips: the machine is off at once, its controller runs on the standby rail. */
export const nodePowerLost = defineFault({
  id: 'node-power-lost',
  summary: 'a node goes off without a word; its management controller tells of a power fault',
  categories: ['host-hardware-fault'],
  place: 'node',
  heals: 'switching it on again (`chassis power on`)',
  causes: ({ place }) => [setFact('host.power', place, 'tripped')],
});

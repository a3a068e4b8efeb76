import { uniform } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import type { Change } from '../state/actions.ts';
import { defineFault } from './fault.ts';

/**
 * A burst of errors behind one port: the job is slow meanwhile, and the counters stand when somebody looks. A worn contact
 * of the plug and an unclean supply of the adapter both spoil what comes out of the optic, not the light that goes in.
 */
function burst(place: string, seed: number, where: 'cable' | 'slot'): readonly Change[] {
  const rate = 1_500 + 3_500 * uniform(seed, 'shy-errors', 'rate', place);
  const lengthMs = Math.round(420_000 + 600_000 * uniform(seed, 'shy-errors', 'length', place));
  return [
    setFact('ib.electrical-errors', place, Math.round(rate), { onset: { shape: 'passing', lengthMs } }),
    setFact('alike.shy-errors', place, where),
  ];
}

export const twinErrorsCable = defineFault({
  id: 'twin-errors-cable',
  kind: 'twin',
  twin: 'twin-errors-slot',
  summary:
    'a burst of errors of one link that is over when somebody looks, by the contacts of its cable; looks like twin-errors-slot',
  categories: ['rdma-link-fault'],
  place: 'hca',
  heals: 'another cable, which only a change of it proves',
  causes: ({ place }, _drawn, { seed }) => burst(place, seed, 'cable'),
});

export const twinErrorsSlot = defineFault({
  id: 'twin-errors-slot',
  kind: 'twin',
  twin: 'twin-errors-cable',
  summary:
    'a burst of errors of one link that is over when somebody looks, by the supply of its PCIe slot; looks like twin-errors-cable',
  categories: ['host-hardware-fault'],
  place: 'hca',
  heals: 'another mainboard, which only a change of it proves',
  causes: ({ place }, _drawn, { seed }) => burst(place, seed, 'slot'),
});

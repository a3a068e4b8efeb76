import { uniform } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** After work on the switch one link came up with an older generation's speed, and nobody looked. */
export const ibRateLow = defineFault({
  id: 'ib-rate-low',
  summary: 'the link of one HCA was trained at EDR or FDR instead of HDR',
  categories: ['rdma-link-fault'],
  place: 'hca',
  heals: 'training the link anew (`mlxlink -a DN`, then `UP`, openibd, or a reboot), or another cable',
  causes: ({ place }, _drawn, { seed }) => [
    setFact('ib.link-speed', place, uniform(seed, 'ib-rate-low') < 0.6 ? 'EDR' : 'FDR'),
  ],
});

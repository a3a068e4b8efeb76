import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';
import { symbolErrors } from './symbol-errors.ts';

/** Dust on the end face of a fibre: the HCA cannot read ever more symbols, and packets are sent again. */
export const ibDirtyOptic = defineFault({
  id: 'ib-dirty-optic',
  summary: 'the optic of one HCA is dirty: symbol errors grow and packets are sent again',
  categories: ['rdma-link-fault'],
  place: 'hca',
  onsets: [
    inStretches,
    { shape: 'creeping', rampMs: { min: 300_000, max: 1_800_000, unit: 'ms' } },
    { shape: 'sudden' },
  ],
  ranges: { errors: symbolErrors },
  heals: 'cleaning the optic or another cable',
  causes: ({ place }, { errors }) => [setFact('ib.receive-errors', place, errors)],
});

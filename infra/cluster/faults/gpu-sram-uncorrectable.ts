import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** A cell of the L2 cache or of a register file goes wrong whenever the board works, or when it is warm and its voltage low. */
export const gpuSramUncorrectable = defineFault({
  id: 'gpu-sram-uncorrectable',
  summary: 'the on-chip memory of one GPU has uncorrectable errors some minutes into every job',
  categories: ['gpu-ecc-uncorrectable'],
  place: 'gpu',
  onsets: [atOnce, inStretches],
  ranges: { uncontained: { min: 0, max: 1, unit: 'flag', integer: true } },
  heals: 'another board; a reset clears the counters and nothing else',
  causes: ({ place }, { uncontained }) => [
    setFact('gpu.sram-fault', place, uncontained === 1 ? 'uncontained' : 'contained'),
  ],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';

/** A dirty contact or a bad retimer: packets arrive broken and are sent again. */
export const pcieErrors = defineFault({
  id: 'pcie-errors',
  summary: 'the PCIe link of one GPU has a storm of corrected errors',
  categories: ['host-hardware-fault'],
  place: 'gpu',
  onsets: [
    inStretches,
    { shape: 'sudden' },
    { shape: 'creeping', rampMs: { min: 300_000, max: 1_800_000, unit: 'ms' } },
  ],
  ranges: { perSecond: { min: 40, max: 12_000, unit: 'errors/s' } },
  heals: 'seating the board anew, or another riser',
  causes: ({ place }, { perSecond }) => [setFact('gpu.pcie-error-rate', place, perSecond)],
});

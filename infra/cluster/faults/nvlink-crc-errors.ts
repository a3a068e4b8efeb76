import { integer } from '../noise.ts';
import { a800 } from '../physics/a800.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';

/** A lane with too little margin: packets arrive broken and are sent again, more and more of them. */
export const nvlinkCrcErrors = defineFault({
  id: 'nvlink-crc-errors',
  summary: 'one NVLink of a GPU sends more and more packets twice',
  categories: ['nvlink-fabric-error'],
  place: 'gpu',
  onsets: [inStretches, { shape: 'creeping', rampMs: { min: 600_000, max: 2_400_000, unit: 'ms' } }],
  ranges: { perSecond: { min: 8_000, max: 90_000, unit: 'errors/s' } },
  heals: 'another board, or the baseboard',
  causes: ({ place }, { perSecond }, { seed }) => [
    setFact('gpu.nvlink-crc-rate', place, perSecond, { key: String(integer(seed, a800.nvlinks, 'nvlink', place)) }),
  ],
});

import { integer } from '../noise.ts';
import { a800 } from '../physics/a800.ts';
import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp } from './rhythms.ts';

/** A lane between a board and its NVSwitch is broken: the link goes away under traffic and does not train again. */
export const nvlinkLinkDown = defineFault({
  id: 'nvlink-link-down',
  summary: 'one or two NVLinks of a GPU are down',
  categories: ['nvlink-fabric-error'],
  place: 'gpu',
  onsets: [atOnce, buildingUp],
  ranges: { links: { min: 1, max: 2, unit: 'links', integer: true } },
  heals: 'another board, or the baseboard; a reset does not bring the link back',
  causes: ({ place }, { links }, { seed }) => {
    const first = integer(seed, a800.nvlinks, 'nvlink', place);
    return Array.from({ length: links }, (_, at) =>
      setFact('gpu.nvlink-down', place, true, {
        key: String((first + at) % a800.nvlinks),
        // The second one of a damaged connector may follow.
        ...(at === 0 && { onset: sudden }),
      }),
    );
  },
});

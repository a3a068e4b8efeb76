import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { rejectTarget } from './places.ts';
import { drawSpare, rejectBusy } from './spare.ts';

/** A program that reads beyond its arrays, tried again and again: the driver reports Xid 13, and 43 as it takes it away. */
export const decoySpareDebugging = defineFault({
  id: 'decoy-spare-debugging',
  kind: 'decoy',
  summary: 'a user debugs a program on a GPU of a spare node: Xid 13 and 43 of his own mistakes',
  categories: [],
  place: 'gpu',
  ranges: { runs: { min: 4, max: 30, unit: 'runs/h' } },
  heals: 'nothing is wrong with the GPU; the program is',
  draw: (world, random) => ({ ...drawSpare(world, random), gpu: random.gpu() }),
  reject: (world, target) => rejectBusy(world, target) ?? rejectTarget('gpu', world, target),
  causes: ({ place }, { runs }) => [setFact('gpu.debug-xids', place, runs)],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A voltage regulator of the board gives up for a moment; only taking the power away brings it back. */
export const gpuFellOffBus = defineFault({
  id: 'gpu-fell-off-bus',
  summary: 'one GPU stops answering on PCIe until its power was off',
  categories: ['gpu-fell-off-bus'],
  place: 'gpu',
  heals: 'a power cycle of the node, or another board; a reset or a reboot does not',
  causes: ({ place }) => [setFact('gpu.off-bus', place, true)],
});

import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A bad contact: the link trains with fewer lanes. */
export const pcieWidthDegraded = defineFault({
  id: 'pcie-width-degraded',
  summary: 'the PCIe link of one GPU has fewer lanes than it should',
  categories: ['host-hardware-fault'],
  place: 'gpu',
  ranges: { halvings: { min: 1, max: 3, unit: 'times', integer: true } },
  heals: 'seating the board or its riser anew, or another one',
  causes: ({ place }, { halvings }) => [setFact('gpu.pcie-width', place, 16 / 2 ** halvings)],
});

import { integer } from '../noise.ts';
import { defineFault } from './fault.ts';
import { drawSpare, rejectBusy } from './spare.ts';

const reasons = ['RMA 4417 fan module', 'acceptance test', 'ib cable to be replaced', 'NHC: check_hw_gm'] as const;

/** A node that waits for a spare part takes no part in any job. */
export const decoyDrainedSpare = defineFault({
  id: 'decoy-drained-spare',
  kind: 'decoy',
  summary: 'a spare node is drained and waits for a part; no job uses it',
  categories: [],
  place: 'node',
  heals: 'nothing is wrong with any job; resuming the node when its part is there',
  draw: drawSpare,
  reject: rejectBusy,
  causes: ({ node }, _drawn, { seed }) => [
    { kind: 'node-drain', node, reason: reasons[integer(seed, reasons.length, 'drained', node)] ?? reasons[0] },
  ],
  undo: ({ target: { node } }) => [{ kind: 'node-resume', node }],
  present: (settings, { target: { node } }) => settings.drained.has(node),
});

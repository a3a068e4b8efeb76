import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, relaunch } from './launched.ts';

/** An old HPC-X in the library path of one node brings a network plugin that its peers do not use. */
export const netPluginOld = defineFault({
  id: 'net-plugin-old',
  summary: 'one node loads an old network plugin for NCCL that does not understand its peers',
  categories: ['net-plugin-mismatch'],
  place: 'node',
  heals: 'a person: the same HPC-X everywhere, or none; and a new launch',
  draw: memberOfLargestJob,
  causes: ({ place, node }, _drawn, { world }) => [...relaunch(world, node), setFact('nccl.net-plugin', place, 'v5')],
});

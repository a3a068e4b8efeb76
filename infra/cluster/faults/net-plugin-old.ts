import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob, relaunch } from './launched.ts';

/** Interfaces of older plugins that NCCL 2.22 still takes (`src/net.cc`). */
const interfaces = ['v5', 'v6'] as const;

/** An old HPC-X in the library path of one node brings a network plugin that its peers do not use. */
export const netPluginOld = defineFault({
  id: 'net-plugin-old',
  summary: 'one node loads an old network plugin for NCCL that does not understand its peers',
  categories: ['net-plugin-mismatch'],
  place: 'node',
  ranges: { version: { min: 0, max: interfaces.length - 1, unit: 'index', integer: true, clear: 0 } },
  heals: 'a person: the same HPC-X everywhere, or none; and a new launch',
  draw: memberOfLargestJob,
  causes: ({ place, node }, { version }, { world }) => [
    ...relaunch(world, node),
    setFact('nccl.net-plugin', place, interfaces[version] ?? interfaces[0]),
  ],
});

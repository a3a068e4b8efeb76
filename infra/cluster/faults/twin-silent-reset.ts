import { setFact } from '../state/facts/set-fact.ts';
import type { Change } from '../state/actions.ts';
import { defineFault } from './fault.ts';

/** The node starts anew: no panic, no machine check, no entry but that of the start. */
const reset = (node: string, whose: 'driver' | 'board'): readonly Change[] => [
  { kind: 'happen', event: 'reboot', place: node },
  setFact('alike.silent-reset', node, whose),
];

export const twinSilentResetDriver = defineFault({
  id: 'twin-silent-reset-driver',
  kind: 'twin',
  twin: 'twin-silent-reset-board',
  summary:
    'a node starts anew without a trace, because a driver makes the kernel triple-fault; looks like twin-silent-reset-board',
  categories: ['gpu-driver-bug'],
  place: 'node',
  heals: 'another driver release, which only a change of it proves',
  causes: ({ place }) => reset(place, 'driver'),
});

export const twinSilentResetBoard = defineFault({
  id: 'twin-silent-reset-board',
  kind: 'twin',
  twin: 'twin-silent-reset-driver',
  summary:
    'a node starts anew without a trace, because its mainboard drops power-good; looks like twin-silent-reset-driver',
  categories: ['host-hardware-fault'],
  place: 'node',
  heals: 'another mainboard, which only a change of it proves',
  causes: ({ place }) => reset(place, 'board'),
});

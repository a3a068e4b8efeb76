import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** An oscillator far out of its tolerance: chronyd may correct 500 ppm and no more, the rest adds up. */
export const toolClockCreeping = defineFault({
  id: 'tool-clock-creeping',
  kind: 'tool',
  summary: 'the clock of one node runs away by seconds; lines of its logs stand before those that caused them',
  categories: [],
  place: 'node',
  onsets: [{ shape: 'creeping', rampMs: { min: 600_000, max: 3_600_000, unit: 'ms' } }],
  ranges: { seconds: { min: 3, max: 45, unit: 's' } },
  heals:
    'another board; setting the clock, or a new start of chronyd or of the node, helps until it has run away again',
  causes: ({ place }, { seconds }) => [setFact('host.clock-offset-ms', place, Math.round(seconds * 1_000))],
});

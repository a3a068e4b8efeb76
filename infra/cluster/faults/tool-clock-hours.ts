import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

const hourMs = 3_600_000;

/** The hardware clock holds local time and the system took it for UTC; chronyd corrects slowly and never steps (makestep 1 3). */
export const toolClockHours = defineFault({
  id: 'tool-clock-hours',
  kind: 'tool',
  summary: 'the clock of one node is wrong by whole hours; all that it stamps is shifted, and nothing else is wrong',
  categories: [],
  place: 'node',
  ranges: { hours: { min: -11, max: 11, unit: 'h', integer: true } },
  heals: 'setting the clock by hand (`chronyc makestep`), or a new start of chronyd or of the node, which steps it',
  // An hour at least: none at all would be no fault.
  causes: ({ place }, { hours }) => [setFact('host.clock-offset-ms', place, (hours === 0 ? 8 : hours) * hourMs)],
});

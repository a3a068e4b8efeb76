import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Configuration management wrote its own sudoers file over the one with the line of the probe user. */
export const toolSudoRefuses = defineFault({
  id: 'tool-sudo-refuses',
  kind: 'tool',
  summary: 'on one node sudo asks the probe user for a password; what needs root cannot be read',
  categories: [],
  place: 'node',
  heals: 'putting the file back into /etc/sudoers.d',
  causes: ({ place }) => [setFact('tool.sudoers', place, 'missing')],
});

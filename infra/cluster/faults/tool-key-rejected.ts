import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The node was installed anew without the line of the probe user, or the key was rotated everywhere else. */
export const toolKeyRejected = defineFault({
  id: 'tool-key-rejected',
  kind: 'tool',
  summary: 'one node does not accept the probe key any more: permission denied',
  categories: [],
  place: 'node',
  heals: 'putting the key back into authorized_keys',
  causes: ({ place }) => [setFact('ssh.state', place, 'rejects-key')],
});

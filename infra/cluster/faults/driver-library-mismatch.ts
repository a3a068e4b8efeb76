import { setFact } from '../state/facts/set-fact.ts';
import { clearFact } from '../state/facts/set-fact.ts';
import { factId } from '../state/facts/store.ts';
import { defineFault } from './fault.ts';
import { restartEnded } from './fault.ts';

/** Later updates of the 550 branch, of which the first one is the most frequent here (assumed). */
const updates = ['550.127.05', '550.144.03', '550.163.01'] as const;

/** A night's upgrade replaced the libraries; the old kernel module is loaded until the driver is loaded anew. */
export const driverLibraryMismatch = defineFault({
  id: 'driver-library-mismatch',
  summary: 'an unattended upgrade left a node with driver libraries that do not fit the loaded kernel module',
  categories: ['driver-version-mismatch'],
  place: 'node',
  ranges: { update: { min: 0, max: updates.length - 1, unit: 'index', integer: true, usual: [0, 0, 1, 2], clear: 0 } },
  heals: 'loading the driver anew, or a reboot',
  causes: ({ place }, { update }) => [
    setFact('driver.installed', place, updates[update] ?? updates[0]),
    setFact('driver.stale-module', place, true),
  ],
  undo: ({ target: { node } }, world) => [
    clearFact('driver.stale-module', node),
    clearFact('driver.installed', node),
    ...restartEnded(world),
  ],
  // The node has the newer driver from then on, as a whole.
  present: (settings, { target: { node } }) => settings.facts.get('driver.stale-module')?.has(factId(node)) === true,
});

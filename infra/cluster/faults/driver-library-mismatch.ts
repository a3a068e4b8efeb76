import { setFact } from '../state/facts/set-fact.ts';
import { clearFact } from '../state/facts/set-fact.ts';
import { factId } from '../state/facts/store.ts';
import { defineFault } from './fault.ts';
import { restartEnded } from './fault.ts';

/** A night's upgrade replaced the libraries; the old kernel module is loaded until the driver is loaded anew. */
export const driverLibraryMismatch = defineFault({
  id: 'driver-library-mismatch',
  summary: 'an unattended upgrade left a node with driver libraries that do not fit the loaded kernel module',
  categories: ['driver-version-mismatch'],
  place: 'node',
  heals: 'loading the driver anew, or a reboot',
  causes: ({ place }) => [
    setFact('driver.installed', place, '550.127.05'),
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

import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A package of another branch was put there by hand: it refuses to work with the driver. */
export const fabricmanagerVersion = defineFault({
  id: 'fabricmanager-version',
  summary: 'the fabric manager of a node is of another version than its driver and does not start',
  categories: ['fabricmanager-not-running'],
  place: 'node',
  heals: 'the package of the version of the driver; a restart of the service does not help',
  causes: ({ place }, _values, { seed }) => {
    const versions = ['550.54.15', '550.127.05', '535.183.01', '560.35.03'];
    return [
      setFact('driver.fabricmanager', place, versions[integer(seed, versions.length, 'fm', place)] ?? '550.54.15'),
    ];
  },
});

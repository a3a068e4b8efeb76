import { leafPortOf } from '../physics/network/fabric.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { findNode } from '../world.ts';
import { defineFault } from './fault.ts';
import { inStretches } from './rhythms.ts';
import { symbolErrors } from './symbol-errors.ts';

/** The laser of an HCA's transceiver ages: what it sends is hard to read, and only the switch can tell. */
export const switchPortErrors = defineFault({
  id: 'switch-port-errors',
  summary: 'a leaf port cannot read what one HCA sends; the HCA itself counts no errors',
  categories: ['rdma-link-fault'],
  place: 'hca',
  onsets: [
    inStretches,
    { shape: 'creeping', rampMs: { min: 300_000, max: 1_800_000, unit: 'ms' } },
    { shape: 'sudden' },
  ],
  ranges: { errors: symbolErrors },
  heals: 'another cable or transceiver',
  causes({ node, hca }, { errors }, { world }) {
    const at = findNode(world, node);
    const port = at?.hcas.find((one) => one.name === hca);
    if (at === undefined || port === undefined) return [];
    const end = leafPortOf(world, at, port);
    return [setFact('switch.port-errors', end.switch, errors, { key: String(end.port) })];
  },
});

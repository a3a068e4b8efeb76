import { leafDownPorts } from '../physics/network/fabric.ts';
import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, buildingUp } from './rhythms.ts';

/** A line card or a trunk of fibres: a leaf loses most of its way to the spines, and its nodes are slow together. */
export const leafUplinksLost = defineFault({
  id: 'leaf-uplinks-lost',
  summary: 'a leaf switch has lost most of its uplinks: its nodes reach the others slowly, or without any not at all',
  categories: ['facility-fault'],
  place: 'switch',
  onsets: [atOnce, buildingUp],
  ranges: { lost: { min: 5, max: 8, unit: 'ports', integer: true, usual: [5, 5, 5, 6, 6, 6, 7, 7, 8] } },
  heals: 'the people who look after the fabric: the trunk or the line card',
  reject(world, target) {
    const leaf = world.switches.find((one) => one.name === target.switch);
    if (leaf?.kind !== 'leaf') return `${target.switch ?? 'this'} is no leaf switch`;
    return world.switches.some((one) => one.kind === 'leaf' && one !== leaf)
      ? null
      : 'there is no other leaf that its nodes could reach';
  },
  causes: ({ place }, { lost }, { onset }) =>
    Array.from({ length: lost }, (_, at) =>
      setFact('switch.port-state', place, 'down', {
        key: String(leafDownPorts + 1 + at),
        // A trunk that is torn out goes one fibre after the other.
        ...(onset.shape === 'creeping' && {
          onset: at === 0 ? sudden : { ...onset, rampMs: (onset.rampMs * at) / (lost - 1) },
        }),
      }),
    ),
});

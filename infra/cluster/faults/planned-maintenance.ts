import { findNode } from '../world.ts';
import { drawNode, rejectNode } from './node-target.ts';
import type { Fault } from './fault.ts';

// Two fifths of the nodes: enough that training is clearly slower on the rest.
const share = 0.4;
const durationMs = 8 * 3_600_000;

/**
 * An administrator reserves nodes for maintenance from now on and puts the job back into the queue; it starts again on
 * the rest, with the same global batch. All is as it should be.
 */
export const plannedMaintenance: Fault = {
  id: 'planned-maintenance',
  summary: 'an administrator takes two fifths of the nodes for maintenance; the job goes on with the rest',
  expects: 'no-fault',
  category: null,
  draw: (world) => drawNode(world, 'planned-maintenance'),
  reject: (world, target) =>
    world.nodes.length < 2 ? 'a cluster of one node has nothing left in maintenance' : rejectNode(world, target),
  apply(target, world) {
    const first = findNode(world, target.node)?.index ?? 0;
    const count = Math.ceil(share * world.nodes.length);
    const nodes = Array.from({ length: count }, (_, at) => world.nodes[(first + at) % world.nodes.length]?.name ?? '');
    return [
      { kind: 'reserve', name: reservationOf(target.node), nodes: nodes.toSorted(), durationMs },
      { kind: 'job-requeue', hold: false },
    ];
  },
  undo: ({ node }) => [
    { kind: 'reserve-end', name: reservationOf(node) },
    { kind: 'job-requeue', hold: false },
  ],
  present: (settings, { node }) => settings.reservations.has(reservationOf(node)),
};

function reservationOf(node: string): string {
  return `maint-${node}`;
}

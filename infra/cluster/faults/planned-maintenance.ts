import { findNode, jobOfNode } from '../world.ts';
import { defineFault } from './fault.ts';
import { rejectTarget } from './places.ts';

// Two fifths of the nodes: enough that training is clearly slower on the rest.
const share = 0.4;
const durationMs = 8 * 3_600_000;

/**
 * An administrator reserves nodes of a job for maintenance from now on and puts the job back into the queue; it starts
 * again on the rest, with the same global batch. All is as it should be.
 */
export const plannedMaintenance = defineFault({
  id: 'planned-maintenance',
  kind: 'decoy',
  summary: 'an administrator takes two fifths of the nodes for maintenance; the job goes on with the rest',
  categories: [],
  place: 'node',
  heals: 'nothing is wrong; it ends when the reservation does',
  reject: (world, target) =>
    world.nodes.length < 2
      ? 'a cluster of one node has nothing left in maintenance'
      : rejectTarget('node', world, target),
  causes({ node }, _drawn, { world }) {
    const index = findNode(world, node)?.index ?? 0;
    const job = jobOfNode(world, index) ?? world.job;
    const members = job.partition;
    const first = Math.max(0, members.indexOf(index));
    const count = Math.ceil(share * members.length);
    const nodes = Array.from(
      { length: count },
      (_, at) => world.nodes[members[(first + at) % members.length] ?? 0]?.name ?? '',
    );
    return [
      { kind: 'reserve', name: reservationOf(node), nodes: nodes.toSorted(), durationMs },
      { kind: 'job-requeue', hold: false, ...(job !== world.jobs[0] && { job: job.name }) },
    ];
  },
  undo: ({ target: { node }, changes }) => [
    { kind: 'reserve-end', name: reservationOf(node) },
    ...changes.filter((change) => change.kind === 'job-requeue'),
  ],
  present: (settings, { target: { node } }) => settings.reservations.has(reservationOf(node)),
});

function reservationOf(node: string): string {
  return `maint-${node}`;
}

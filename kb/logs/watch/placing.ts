import type { Inventory } from '../../schemas/inventory.ts';
import type { Placement } from './sighting.ts';

/**
 * Completes what a line says about its place: the inventory knows a rank's node and a node's job, the person who
 * watches may know the rest. A node that the inventory knows by its short name gets that.
 */
export function placing(
  inventory: Pick<Inventory, 'nodes' | 'jobs'> | null,
  given: Placement,
): (node: string | undefined, rank: number | undefined) => Placement {
  const known = new Set(inventory?.nodes.map(({ name }) => name));
  const jobs = inventory?.jobs ?? [];
  const named = jobs.find(({ name }) => name === given.job);
  // Without a name, ranks can be placed only where one job runs.
  const rankJob = given.job === undefined && jobs.length === 1 ? jobs[0] : named;
  const nodeOfRank = new Map(rankJob?.ranks.map(({ rank, node }) => [rank, node]));
  const jobsOfNode = new Map<string, Set<string>>();
  for (const { name, ranks } of jobs)
    for (const { node } of ranks) jobsOfNode.set(node, (jobsOfNode.get(node) ?? new Set()).add(name));

  return (told, rank) => {
    const node =
      (told === undefined ? undefined : ownName(told, known)) ??
      (rank === undefined ? undefined : nodeOfRank.get(rank)) ??
      given.node;
    const running = node === undefined ? undefined : jobsOfNode.get(node);
    const job = given.job ?? (running?.size === 1 ? [...running][0] : undefined);
    return { ...(node === undefined ? {} : { node }), ...(job === undefined ? {} : { job }) };
  };
}

function ownName(told: string, known: ReadonlySet<string>): string {
  const name = told.toLowerCase();
  const [short = name] = name.split('.');
  return !known.has(name) && known.has(short) ? short : name;
}

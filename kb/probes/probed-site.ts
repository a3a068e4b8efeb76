import type { Inventory } from '../schemas/inventory.ts';
import type { ProbedSite } from '../schemas/probe.ts';

/** What probes may know of the cluster around a node. */
export function probedSite({ nodes, mounts, interfaces, jobs }: Inventory): ProbedSite {
  return {
    nodes: nodes.map(({ name, address = name, bmc }) => ({ name, address, bmc })),
    mounts,
    interfaces,
    rendezvous: jobs.flatMap(({ rendezvous }) => rendezvous ?? []),
  };
}

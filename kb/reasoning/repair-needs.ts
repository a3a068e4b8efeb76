import type { Category } from '../taxonomy.ts';

/**
 * What a repair of a cause has to know of its node before it can be proposed: what is there to act on, and what would be
 * in the way. Such probes tell hypotheses apart badly or not at all, so they are asked for when a cause is about to be named.
 */
const needs: Readonly<Partial<Record<Category, readonly string[]>>> = {
  'gpu-ecc-uncorrectable': ['gpu.row-remap', 'gpu.ecc', 'scheduler.jobs'],
  'gpu-fell-off-bus': ['gpu.presence', 'scheduler.jobs'],
  'rdma-link-fault': ['ib.ports', 'ib.port-state', 'scheduler.jobs'],
  'host-oom': ['memory.host', 'memory.processes', 'scheduler.jobs'],
  'disk-full': ['disk.space', 'disk.reclaimable', 'scheduler.jobs'],
};

/** Probe ids, at most three. */
export function neededForRepair(category: Category): readonly string[] {
  return needs[category] ?? [];
}

import type { Inventory } from '../kb/schemas/inventory.ts';
import { PortError } from './ports.ts';

export type Inventories = ReadonlyMap<string, Inventory>;

/** The inventory of one cluster; an unknown one is final, because no retry writes an inventory file. */
export function inventoryOf(inventories: Inventories, cluster: string): Inventory {
  const inventory = inventories.get(cluster);
  if (inventory !== undefined) return inventory;
  const known = [...inventories.keys()].slice(0, shownMax).join(', ') || 'none';
  throw new PortError('not-found', `cluster ${cluster} has no inventory; known: ${known} (WARDROUND_INVENTORY)`);
}

const shownMax = 10;

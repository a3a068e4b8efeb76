import type { Inventory } from '../kb/schemas/inventory.ts';
import type { Step } from '../workflows/domain/proposal.ts';
import type { GateHost } from './ports.ts';

/** The gate that does a step: the node's own, or that of the management host about the node. */
export function gateOfStep(
  inventory: Inventory,
  { node: name, on }: Pick<Step, 'node' | 'on'>,
): GateHost | { readonly missing: string } {
  const node = inventory.nodes.find((one) => one.name === name);
  if (node === undefined) return { missing: `${name} is not in the inventory` };
  if (on === undefined) return node;
  const { management } = inventory;
  if (management === undefined) return { missing: 'the inventory names no management host' };
  return { name: management.name, ssh: management.ssh, about: name };
}

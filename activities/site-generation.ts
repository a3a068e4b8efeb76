import { architectureOf } from '../kb/catalog/gpu-architectures.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';

/** GPU generation of a site, where all its nodes have the same one. */
export function siteGeneration(inventory: Inventory | undefined): string | null {
  const found = new Set((inventory?.nodes ?? []).flatMap(({ gpus }) => gpus.map(({ model }) => architectureOf(model))));
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}

import type { Inventory } from '../kb/schemas/inventory.ts';

// By chip, as vendors call their architectures; export models share the chip of the model that they derive from.
const generations: readonly (readonly [RegExp, string])[] = [
  [/\bP(?:4|40|100)\b/i, 'pascal'],
  [/\bV100S?\b/i, 'volta'],
  [/\b(?:T4|RTX 20\d\d)\b/i, 'turing'],
  [/\bA(?:2|10|16|30|40|100|800)\b|\bRTX 30\d\d\b|\bA[456]000\b/i, 'ampere'],
  [/\bL(?:4|20|40S?)\b|\bRTX 40\d\d\b/i, 'ada'],
  [/\bG?H(?:20|100|200|800)\b/i, 'hopper'],
  [/\bG?B(?:100|200|300)\b|\bRTX 50\d\d\b/i, 'blackwell'],
];

/** GPU generation of a site, where all its nodes have the same one. */
export function siteGeneration(inventory: Inventory | undefined): string | null {
  const models = new Set(
    (inventory?.nodes ?? []).flatMap(({ gpus }) => gpus.map(({ model }) => generationOfModel(model))),
  );
  const [only] = models;
  return models.size === 1 && only !== undefined ? only : null;
}

/** `NVIDIA A800-SXM4-80GB` is of generation `ampere`. */
export function generationOfModel(model: string): string | null {
  return generations.find(([pattern]) => pattern.test(model))?.[1] ?? null;
}

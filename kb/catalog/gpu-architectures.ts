import type { GpuArchitecture } from '../schemas/record.ts';

// By chip, as the vendor calls its architectures; export models share the chip of the model that they derive from.
const architectures: readonly (readonly [RegExp, GpuArchitecture])[] = [
  [/\bP(?:4|40|100)\b/i, 'pascal'],
  [/\bV100S?\b/i, 'volta'],
  [/\b(?:T4|RTX 20\d\d)\b/i, 'turing'],
  [/\bA(?:2|10|16|30|40|100|800)\b|\bRTX 30\d\d\b|\bA[456]000\b/i, 'ampere'],
  [/\bL(?:4|20|40S?)\b|\bRTX 40\d\d\b/i, 'ada'],
  [/\bG?H(?:20|100|200|800)\b/i, 'hopper'],
  [/\bG?B(?:100|200|300)\b|\bRTX 50\d\d\b/i, 'blackwell'],
];

/** `NVIDIA A800-SXM4-80GB` is an `ampere`; null for a model that is not known. */
export function architectureOf(model: string): GpuArchitecture | null {
  return architectures.find(([pattern]) => pattern.test(model))?.[1] ?? null;
}

import type { GpuGeneration } from './entry.ts';

// By chip: GA100, GH100, GB100. Export variants share the chip of the model that they derive from.
const generations: ReadonlyMap<string, GpuGeneration> = new Map([
  ['a800', 'A100'],
  ['a100', 'A100'],
  ['a30', 'A100'],
  ['h800', 'H100'],
  ['h100', 'H100'],
  ['h200', 'H100'],
  ['h20', 'H100'],
  ['b100', 'B100'],
  ['b200', 'B100'],
  ['gb200', 'GB200'],
]);

export const knownGpus: readonly string[] = [...generations.keys()];

/** The generation of `a800`, `A800-SXM4-80GB` or `NVIDIA A800-SXM4-80GB`; `undefined` for a GPU that is not known. */
export function generationOf(gpu: string): GpuGeneration | undefined {
  const model = /^(?:NVIDIA[ -])?([A-Z]{1,2}\d{2,3})(?:[ -]|$)/i.exec(gpu.trim())?.[1];
  return model === undefined ? undefined : generations.get(model.toLowerCase());
}

import type { ResolvedRun } from '../run/resolved-run.ts';

/**
 * Layers of the fullest stage and of the last, which also holds the vocabulary. Where layers do not divide, the last
 * stage has one fewer, as when embeddings count as layers (`type:transformer|embedding` in DeepSpeed).
 */
export function stageLayers({ layers, pp }: Pick<ResolvedRun, 'layers' | 'pp'>): { fullest: number; last: number } {
  return { fullest: Math.ceil(layers / pp), last: Math.floor(layers / pp) };
}

/** Weights of one GPU of the fullest stage: its layers, and the vocabulary's table where that stage holds it. */
export function gpuParameters(run: ResolvedRun, perLayer: number): number {
  const { fullest, last } = stageLayers(run);
  const table = run.hidden * run.vocab;
  if (run.pp === 1) return (run.layers * perLayer + table) / run.tp;
  return Math.max(fullest * perLayer, last * perLayer + table) / run.tp;
}

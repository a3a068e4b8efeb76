import { layerParameters } from '../run/parameters.ts';
import type { ResolvedRun } from '../run/resolved-run.ts';

type Counted = Pick<
  ResolvedRun,
  'layers' | 'hidden' | 'ffn' | 'gated' | 'heads' | 'kvHeads' | 'vocab' | 'seq' | 'globalBatch'
>;

/** FLOPs of one forward pass over a step's tokens; attention over the whole square, as Megatron counts it. */
function forward(run: Counted): { layers: number; attention: number; logits: number } {
  const tokens = run.globalBatch * run.seq;
  return {
    layers: 2 * tokens * run.layers * layerParameters(run),
    attention: 4 * tokens * run.seq * run.hidden * run.layers,
    logits: 2 * tokens * run.hidden * run.vocab,
  };
}

/**
 * FLOPs that a step of the model needs: forward and twice that backward. For a plain GPT 72BsLh^2(1 + s/6h + V/12Lh)
 * (Korthikanti et al., arXiv:2205.05198, appendix A).
 */
export function modelFlops(run: Counted): number {
  const { layers, attention, logits } = forward(run);
  return 3 * (layers + attention + logits);
}

/**
 * FLOPs that the hardware does: the forward pass of the layers again with full recompute, of attention alone with
 * selective. Full recompute of a plain GPT: 96BsLh^2(1 + s/6h + V/16Lh) (Narayanan et al., arXiv:2104.04473).
 */
export function hardwareFlops(run: Counted & Pick<ResolvedRun, 'recompute'>): number {
  const { layers, attention } = forward(run);
  const again = { none: 0, selective: attention, full: layers + attention }[run.recompute];
  return modelFlops(run) + again;
}

export interface Shape {
  readonly layers: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly gated: boolean;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocab: number;
}

/** Weights of one layer's matrices: attention with grouped keys and values, and the feed-forward block. */
export function layerParameters({ hidden, ffn, gated, heads, kvHeads }: Omit<Shape, 'layers' | 'vocab'>): number {
  return 2 * hidden * hidden * (1 + kvHeads / heads) + (gated ? 3 : 2) * hidden * ffn;
}

/** Weights of the whole model with one embedding table; norms and biases are below a thousandth and left out. */
export function modelParameters(shape: Shape): number {
  return shape.layers * layerParameters(shape) + shape.hidden * shape.vocab;
}

/**
 * Fencing token of a lease: the entity's first start time and a counter, compared numerically in that order.
 * The gate on a node refuses a token lower than the highest it has seen.
 */
export interface FencingToken {
  readonly epochMs: number;
  readonly counter: number;
}

/** `<epochMs>.<counter>`, the form that the gate receives. */
export function formatFencingToken(token: FencingToken): string {
  return `${token.epochMs}.${token.counter}`;
}

export function isSameToken(a: FencingToken, b: FencingToken): boolean {
  return a.epochMs === b.epochMs && a.counter === b.counter;
}

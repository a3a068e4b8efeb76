import type { ModelSpent } from './model-data.ts';

export const nothingSpent: ModelSpent = { tokens: 0, seconds: 0, cost: 0 };

export function spentTogether(one: ModelSpent, other: ModelSpent): ModelSpent {
  return {
    tokens: one.tokens + other.tokens,
    seconds: one.seconds + other.seconds,
    cost: one.cost + other.cost,
  };
}

/** What an attempt to ask the model said that it had spent, in a heartbeat or in its failure; nothing where it did not. */
export function spentIn(said: unknown): ModelSpent {
  if (typeof said !== 'object' || said === null) return nothingSpent;
  const { tokens, cost }: { readonly tokens?: unknown; readonly cost?: unknown } = said;
  // Time is told by whoever waits.
  return { tokens: amount(tokens), seconds: 0, cost: amount(cost) };
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

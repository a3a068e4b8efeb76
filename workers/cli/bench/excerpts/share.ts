/** A share with its 95 % interval. */
export interface Share {
  readonly right: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

export function shareOf<T>(all: readonly T[], isOne: (one: T) => boolean): Share {
  const right = all.filter(isOne).length;
  return { right, of: all.length, ...wilson(right, all.length) };
}

/** Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22: score interval. */
export function wilson(right: number, of: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z = 1.96; // 95 % of a normal distribution
  const share = right / of;
  const centre = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}

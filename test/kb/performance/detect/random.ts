/** Student's t with 4 degrees of freedom, scaled to a standard deviation of 1: the tails of step times. */
export function heavyTailed(random: Random): number {
  const squares = [1, 2, 3, 4].reduce((sum) => sum + random.normal() ** 2, 0);
  return random.normal() / Math.sqrt(squares / 4) / Math.SQRT2;
}

/** A seeded source of numbers for simulations: the same at each run. */
export interface Random {
  /** Between 0 and 1. */
  uniform(): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32 (public domain, Tommy Ettinger).
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

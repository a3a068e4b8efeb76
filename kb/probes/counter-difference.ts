/** Growth of one counter between two reads, per second; one that went back was cleared or wrapped, and tells nothing. */
export function perSecond(first: number | undefined, second: number | undefined, elapsedMs: number): number | null {
  if (first === undefined || second === undefined || elapsedMs <= 0 || second < first) return null;
  return ((second - first) * 1_000) / elapsedMs;
}

/** The same of all counters that both reads have. */
export function ratesOf(
  first: Readonly<Record<string, number>>,
  second: Readonly<Record<string, number>>,
  elapsedMs: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.keys(second).flatMap((name) => {
      const rate = perSecond(first[name], second[name], elapsedMs);
      return rate === null ? [] : [[name, rate] as const];
    }),
  );
}

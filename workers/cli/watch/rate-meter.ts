/** Bytes a second over the last seconds. */
export function rateMeter(nowMs: () => number): { add(bytes: number): void; perSecond(): number } {
  let samples: { readonly atMs: number; readonly bytes: number }[] = [];
  const startedMs = nowMs();
  return {
    add(bytes) {
      const now = nowMs();
      samples = [...samples.filter(({ atMs }) => now - atMs < windowMs), { atMs: now, bytes }];
    },
    perSecond() {
      const spanMs = Math.min(windowMs, Math.max(nowMs() - startedMs, 1));
      return samples.reduce((sum, { bytes }) => sum + bytes, 0) / (spanMs / 1000);
    },
  };
}

const windowMs = 10_000;

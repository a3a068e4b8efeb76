/** A known span of a job in which its steps say nothing about its speed. Cluster milliseconds. */
export interface Phase {
  readonly kind: 'warm-up' | 'checkpoint' | 'evaluation';
  readonly fromMs: number;
  /** `null` while it lasts. */
  readonly toMs: number | null;
}

// Longer lists come from a log of days; only what is near matters, and the newest stand at the end.
const phasesMax = 500;

/** The phase that the span touches, if any. */
export function phaseDuring(phases: readonly Phase[], fromMs: number, toMs: number): Phase | undefined {
  return phases.slice(-phasesMax).find((phase) => phase.fromMs <= toMs && (phase.toMs ?? Infinity) >= fromMs);
}

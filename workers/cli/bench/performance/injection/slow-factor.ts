/** Shares of a healthy step's time; the rest is exposed communication, which no clock of a GPU changes. */
export interface StepShares {
  /** Bound by the SM clock. */
  readonly compute: number;
  /** Bound by device memory. */
  readonly memory: number;
}

/**
 * Step time of a GPU at a lower SM clock over that at its own: GEMMs scale with the clock, device memory only once
 * the SMs are too slow to saturate it, links not at all. An estimate of first order, not measured.
 */
export function gpuSlowFactor({ compute, memory }: StepShares, clockRatio: number): number {
  return compute * clockRatio + memory * Math.max(1, memoryClockShare * clockRatio) + (1 - compute - memory);
}

// Estimated: 0.3 to 0.5, since copy kernels saturate HBM with a part of the SMs.
const memoryClockShare = 0.4;

/**
 * Step time of the whole job when one pipeline stage takes `stageFactor` times as long: with `microBatches` in
 * flight, the slow stage sets the pace of each and the others only fill and drain.
 */
export function pipelineSlowFactor(stageFactor: number, microBatches: number, stages: number): number {
  return (stageFactor * microBatches + stages - 1) / (microBatches + stages - 1);
}

/** One slow GPU slows all that wait for it: its stage at its own factor, then the pipeline. */
export function jobSlowFactor(
  shares: StepShares,
  clockRatio: number,
  { microBatches, stages }: { readonly microBatches: number; readonly stages: number },
): number {
  return pipelineSlowFactor(gpuSlowFactor(shares, clockRatio), microBatches, stages);
}

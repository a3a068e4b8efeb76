import { slowdownOfClock, stepShares } from '../../../kb/performance/detect/slowdown.ts';
import type { Prediction } from '../../../kb/performance/prediction.ts';
import type { ResolvedRun } from '../../../kb/performance/run/resolved-run.ts';

/** A step when one clock is lower than it should be. */
export interface SlowStep {
  readonly mhz: number;
  readonly iterationSeconds: number;
  /** Over the step at full clock. */
  readonly factor: number;
}

// A user's clocks: a board that is a little hot, one that brakes hard; the third is the model's idle clock, at which a
// locked GPU stays.
const clocksAskedMhz = [1200, 600] as const;

/** One GPU at a lower clock while all others run as they should: a synchronous job waits for it in every step. */
export function oneSlowGpu({ gpu }: ResolvedRun, healthy: Prediction): readonly SlowStep[] {
  const shares = stepShares(healthy);
  return [...clocksAskedMhz, gpu.smClockIdleMhz]
    .filter((mhz) => mhz < gpu.smClockMaxMhz)
    .map((mhz) => {
      const factor = slowdownOfClock(gpu.smClockMaxMhz / mhz, shares);
      return { mhz, iterationSeconds: healthy.iterationSeconds * factor, factor };
    });
}

/**
 * The same run with every GPU at this share of its clock. Memory keeps its own clock and its bandwidth, as long as the
 * multiprocessors are fast enough to fill it: for shares of a half and more.
 */
export function atClockShare(run: ResolvedRun, share: number): ResolvedRun {
  const { gpu } = run;
  const scaled = (peak: number | null) => (peak === null ? null : peak * share);
  return {
    ...run,
    gpu: {
      ...gpu,
      smClockMaxMhz: gpu.smClockMaxMhz * share,
      bf16PeakTflops: gpu.bf16PeakTflops * share,
      tf32PeakTflops: scaled(gpu.tf32PeakTflops),
      fp32PeakTflops: gpu.fp32PeakTflops * share,
      fp8PeakTflops: scaled(gpu.fp8PeakTflops),
    },
  };
}

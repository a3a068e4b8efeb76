import type { GpuModel } from '../../catalog/hardware.ts';
import type { Precision, ResolvedRun } from '../run/resolved-run.ts';
import type { ConstantValues } from './constants.ts';

/** What one GPU gives to a job: the N0 of every term. */
export interface Rates {
  /** FLOP/s of large matrix products in the run's precision. */
  readonly gemmFlops: number;
  /** FLOP/s of the products of attention, which stay in 16 bits beside fp8. */
  readonly scoreFlops: number;
  readonly flashFlops: number;
  readonly memoryBytesPerSecond: number;
  readonly elementBytes: number;
  readonly smCount: number;
}

export function ratesOf(run: ResolvedRun, values: ConstantValues): Rates {
  const { gpu, precision } = run;
  const slower = (1 - straggler(run.gpus, values.spread)) * clockShare(run);
  const share = shareOf(gpu, values);
  const sixteen = 1e12 * gpu.bf16PeakTflops * slower;
  const peak = 1e12 * peakTflops(gpu, precision) * slower;
  const full = precision === 'fp32' || precision === 'tf32' ? peak : sixteen;
  return {
    gemmFlops: peak * (precision === 'fp8' ? values.gemmShareFp8 : share),
    scoreFlops: full * values.scoreShare,
    flashFlops: full * flashShareOf(run, values),
    memoryBytesPerSecond: 1e12 * gpu.memoryBandwidthTBps,
    elementBytes: precision === 'fp32' || precision === 'tf32' ? 4 : 2,
    smCount: gpu.smCount,
  };
}

function peakTflops(gpu: GpuModel, precision: Precision): number {
  switch (precision) {
    case 'fp32':
      return gpu.fp32PeakTflops;
    case 'tf32':
      return gpu.tf32PeakTflops ?? gpu.fp32PeakTflops;
    case 'fp8':
      return gpu.fp8PeakTflops ?? gpu.bf16PeakTflops;
    case 'fp16':
    case 'bf16':
      return gpu.bf16PeakTflops;
  }
}

function flashShareOf({ gpu, software }: ResolvedRun, values: ConstantValues): number {
  if (gpu.architecture !== 'hopper') return values.flashShareAmpere;
  if (software.vendorAttention) return values.vendorShareHopper;
  return software.kernels === 'eager' ? values.flashEagerHopper : values.flashShareHopper;
}

function shareOf(gpu: GpuModel, values: ConstantValues): number {
  switch (gpu.architecture) {
    case 'volta':
      return values.gemmShareVolta;
    case 'ampere':
      return values.gemmShareAmpere;
    case 'hopper':
      return values.gemmShareHopper;
  }
}

/** How far below the mean the slowest of so many GPUs is, in standard deviations times `spread`. */
export function straggler(gpus: number, spread: number): number {
  // Expected largest of n normal deviates, within 3 % from n = 8 (sqrt(2 ln n) less its first correction).
  const reach = gpus < 2 ? 0 : Math.sqrt(2 * Math.log(gpus));
  return Math.min(0.5, spread * reach);
}

// Part of the board's power that does not follow the clock.
const staticPowerShare = 0.2;
// P = C V^2 f with the voltage nearly proportional to the clock in the upper half of its range, less below it.
const clockExponent = 0.4;

/** Sustained clock of a board held below its model's limit, against the model's. */
export function clockShare({ gpu, powerLimitWatts }: Pick<ResolvedRun, 'gpu' | 'powerLimitWatts'>): number {
  const share = Math.max(0.05, (powerLimitWatts / gpu.powerLimitWatts - staticPowerShare) / (1 - staticPowerShare));
  return Math.min(1, share ** clockExponent);
}

// The common output tile of cuBLAS. https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication
const tileElements = 128 * 256;

/** Seconds of one product of m x k by k x n: arithmetic, the last wave that is not full, and operands not hidden. */
export function gemmSeconds(m: number, k: number, n: number, rates: Rates, values: ConstantValues): number {
  const waves = (m * n) / (tileElements * rates.smCount);
  const arithmetic = ((2 * m * k * n) / rates.gemmFlops) * (1 + values.gemmWave / waves);
  const bytes = rates.elementBytes * (m * k + k * n + m * n);
  return arithmetic + (values.gemmTraffic * bytes) / rates.memoryBytesPerSecond;
}

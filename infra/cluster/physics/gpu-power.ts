import type { GpuSettings } from '../state/settings.ts';
import { a800, clockReason } from './a800.ts';

/** Watts by phase of a training step, at a given SM clock. */
export interface PhasePower {
  /** Matrix multiplications: the clock decides how long they take. */
  readonly computeW: number;
  /** Memory-bound kernels and data on the wire: they take their time at any clock. */
  readonly transferW: number;
  /** NCCL kernels spinning while others are late. */
  readonly waitW: number;
}

export const idleW = 60;
/** Between the kernels of a running job: the clocks stay up. */
export const betweenKernelsW = 88;

// "Characterizing Power Management Opportunities for LLMs in the Cloud" (ASPLOS 2024, doi 10.1145/3620666.3651329): computing
// phases of training on A100 80GB reach the 400 W of the board, phases of communication fall far below, and power swings
// with the steps of a job. Large matrix multiplications stay a little under the limit here.
const computeFullW = 392;
// Memory-bound phases draw roughly four fifths of that; assumed. Over a healthy step it comes to 336 W.
const transferShare = 0.78;
// A GPU spinning in an NCCL kernel: 176 W, 44 % of the limit, a trough of that kind; the figure is assumed.
const waitShare = 0.45;

/** Dynamic CMOS power goes with f * V^2; V falls with f down to a floor of 0.7 of its maximum, here at half clock. */
export function dynamicFactor(smMhz: number): number {
  const share = smMhz / a800.smMhzMax;
  const volts = 0.7 + 0.3 * Math.max(0, (share - 0.5) / 0.5);
  return share * volts * volts;
}

export function phasePower(smMhz: number): PhasePower {
  const factor = dynamicFactor(smMhz);
  const above = (fullW: number, clockFree: number) => idleW + (fullW - idleW) * (clockFree + (1 - clockFree) * factor);
  return {
    computeW: above(computeFullW, 0),
    // A quarter of it is memory and links, which keep their own clocks.
    transferW: above(computeFullW * transferShare, 0.25),
    waitW: above(computeFullW * waitShare, 0.15),
  };
}

/** What heat or a power brake leaves of the clock, and NVML's reasons for it. */
export interface ClockCap {
  readonly capMhz: number;
  readonly reasons: number;
}

export const noCap: ClockCap = { capMhz: a800.smMhzMax, reasons: 0 };

/** The clock that a busy GPU runs at under its settings, and NVML's reasons for it. */
export function busyClock(
  settings: GpuSettings,
  cap: ClockCap = noCap,
): { readonly smMhz: number; readonly reasons: number } {
  const lock = settings.lockedMhz;
  const wanted = supported(Math.min(a800.smMhzMax, lock?.maxMhz ?? a800.smMhzMax));
  const allowed = highestWithin(settings.powerLimitW, wanted);
  const reasons =
    (wanted < a800.smMhzMax ? clockReason.applicationsClocksSetting : 0) |
    (allowed < wanted ? clockReason.swPowerCap : 0);
  return cap.capMhz < allowed
    ? { smMhz: supported(cap.capMhz), reasons: reasons | cap.reasons }
    : { smMhz: allowed, reasons };
}

/** The clock of a GPU with nothing to do. */
export function idleClock(settings: GpuSettings): number {
  return supported(Math.max(a800.smMhzMin, settings.lockedMhz?.minMhz ?? a800.smMhzMin));
}

function highestWithin(limitW: number, wantedMhz: number): number {
  let mhz = wantedMhz;
  while (mhz > a800.smMhzMin && phasePower(mhz).computeW > limitW) mhz -= a800.smMhzStep;
  return mhz;
}

function supported(mhz: number): number {
  const steps = Math.round((mhz - a800.smMhzMin) / a800.smMhzStep);
  return Math.min(a800.smMhzMax, Math.max(a800.smMhzMin, a800.smMhzMin + steps * a800.smMhzStep));
}

import { factAt, factsOf } from '../state/facts/fact-at.ts';
import { gpuPlace } from '../state/place.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { a800, clockReason } from './a800.ts';
import { phasePower, type ClockCap } from './gpu-power.ts';

/** Causes that hold a clock down at any temperature. */
export const fixedCapFacts = ['power-unit.brake', 'hardware.psu', 'gpu.app-clock-mhz'] as const;

/** NVML's hardware slowdown "reduces the clocks by a factor of two or more". */
export const halfMhz = 705;

/**
 * What the management controller lets each GPU draw when one of four power supplies is gone, W. With two gone it pulls
 * the power brake. Assumed: 4 supplies of 2.2 kW, 1.8 kW for all but the GPUs, and a margin for peaks.
 */
export const bmcCapW = 250;

/** The lowest of what holds the clock of a GPU down; null when nothing does. */
export function fixedCap(settings: Settings, node: WorldNode, gpu: number, ms: number): ClockCap | null {
  if (!fixedCapFacts.some((fact) => settings.facts.has(fact))) return null;
  const caps: ClockCap[] = [];
  if (isBraked(settings, node, ms))
    caps.push({ capMhz: halfMhz, reasons: clockReason.hwSlowdown | clockReason.hwPowerBrakeSlowdown });
  const limitW = bmcLimitW(settings, node.name, ms);
  if (limitW < a800.powerLimitW) caps.push({ capMhz: highestWithin(limitW), reasons: clockReason.swPowerCap });
  const appMhz = appClockMhz(settings, node, gpu, ms);
  if (appMhz < a800.smMhzMax) caps.push({ capMhz: appMhz, reasons: clockReason.applicationsClocksSetting });
  return caps.toSorted((a, b) => a.capMhz - b.capMhz)[0] ?? null;
}

export function appClockMhz(settings: Settings, node: WorldNode, gpu: number, ms: number): number {
  if (!settings.facts.has('gpu.app-clock-mhz')) return a800.smMhzMax;
  return factAt(settings, { fact: 'gpu.app-clock-mhz', place: gpuPlace(node, gpu) }, ms);
}

/** What the management controller allows each GPU. */
export function bmcLimitW(settings: Settings, node: string, ms: number): number {
  return lostSupplies(settings, node, ms) === 1 ? bmcCapW : a800.powerLimitW;
}

/** Whether the power brake line of a node's GPUs is pulled. */
export function isBraked(settings: Settings, node: WorldNode, ms: number): boolean {
  if (lostSupplies(settings, node.name, ms) > 1) return true;
  return (
    settings.facts.has('power-unit.brake') && factAt(settings, { fact: 'power-unit.brake', place: node.powerUnit }, ms)
  );
}

export const powerSupplies = ['PSU1', 'PSU2', 'PSU3', 'PSU4'] as const;

export function lostSupplies(settings: Settings, node: string, ms: number): number {
  if (!settings.facts.has('hardware.psu')) return 0;
  return powerSupplies.filter((key) => factAt(settings, { fact: 'hardware.psu', place: node, key }, ms) !== 'ok')
    .length;
}

/** Nodes that some fixed cap is about. */
export function cappedNodes(settings: Settings, ms: number): ReadonlySet<string> {
  const places = [...factsOf(settings, 'hardware.psu', ms), ...factsOf(settings, 'gpu.app-clock-mhz', ms)];
  return new Set(places.map(({ place }) => place.split('/')[0] ?? ''));
}

function highestWithin(limitW: number): number {
  let mhz: number = a800.smMhzMax;
  while (mhz > a800.smMhzMin && phasePower(mhz).computeW > limitW) mhz -= a800.smMhzStep;
  return mhz;
}

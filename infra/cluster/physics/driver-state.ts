import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import { a800 } from './a800.ts';

/** What of NVIDIA's software is on the disk of a node and what of it runs. */
export interface DriverState {
  /** Of the libraries. */
  readonly library: string;
  /** Of the kernel module that is loaded. */
  readonly module: string;
  readonly fabricManager: string;
}

const usual: DriverState = {
  library: a800.driverVersion,
  module: a800.driverVersion,
  fabricManager: a800.driverVersion,
};

export function driverState(settings: Settings, node: string, ms: number): DriverState {
  const { facts } = settings;
  if (!facts.has('driver.installed') && !facts.has('driver.fabricmanager')) return usual;
  const library = factAt(settings, { fact: 'driver.installed', place: node }, ms);
  const stale = factAt(settings, { fact: 'driver.stale-module', place: node }, ms);
  const own = factAt(settings, { fact: 'driver.fabricmanager', place: node }, ms);
  // The fabric manager comes with the driver unless somebody held it back or put another one there.
  const fabricManager = own === a800.driverVersion ? library : own;
  return { library, module: stale ? a800.driverVersion : library, fabricManager };
}

/** Libraries that talk to a kernel module of another version get nothing out of it. */
export function libraryMismatch(settings: Settings, node: string, ms: number): boolean {
  const { library, module } = driverState(settings, node, ms);
  return library !== module;
}

export function moduleLoaded(settings: Settings, node: string, module: string, ms: number): boolean {
  if (!settings.facts.has('host.module')) return true;
  return factAt(settings, { fact: 'host.module', place: node, key: module }, ms) === 'loaded';
}

/** `active`, `inactive`, `failed`; a fabric manager that does not fit the driver fails whenever it starts. */
export function unitState(settings: Settings, node: string, unit: string, ms: number): string {
  const set = settings.facts.has('host.service')
    ? factAt(settings, { fact: 'host.service', place: node, key: unit }, ms)
    : 'active';
  if (unit !== 'nvidia-fabricmanager' || set !== 'active') return set;
  const { fabricManager, module } = driverState(settings, node, ms);
  return fabricManager === module ? 'active' : 'failed';
}

const builds: Readonly<Record<string, string>> = {
  '550.90.07': 'Fri May 31 09:35:42 UTC 2024',
  '550.127.05': 'Tue Oct  8 03:22:07 UTC 2024',
  '550.144.03': 'Mon Dec 30 17:44:08 UTC 2024',
  '550.163.01': 'Tue Apr  8 12:41:17 UTC 2025',
};

/** When NVIDIA built a release, as the module says it. */
export function builtOn(version: string): string {
  return builds[version] ?? 'Wed Oct  9 00:29:12 UTC 2024';
}

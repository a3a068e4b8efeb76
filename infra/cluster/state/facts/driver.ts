import type { FactKind } from './kind.ts';

/** Causes in the GPU software that is installed on a node: `node-07`. */
export const driverFacts = [
  {
    name: 'driver.installed',
    place: 'node',
    healthy: '550.90.07',
    summary: 'version of the driver packages on the disk: libraries, and the modules that the next load takes',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'driver.stale-module',
    place: 'node',
    healthy: false,
    summary: 'the loaded kernel module is older than the libraries on the disk',
    clearedBy: ['driver-reload'],
  },
  {
    name: 'driver.fabricmanager',
    place: 'node',
    healthy: '550.90.07',
    summary: 'version of the fabric manager package',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'driver.fabricmanager-exits',
    place: 'node',
    healthy: 0,
    unit: 'times',
    summary: 'how often somebody has ended the fabric manager since the boot; it may have been started again at once',
    clearedBy: ['reboot'],
  },
] as const satisfies readonly FactKind[];

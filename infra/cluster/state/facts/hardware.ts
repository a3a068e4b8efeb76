import type { FactKind } from './kind.ts';

/** Causes in the server around the GPUs and in what supplies it with air and power: `node-07`. */
export const hardwareFacts = [
  {
    name: 'hardware.fan-speed',
    place: 'node',
    healthy: 1,
    unit: 'share',
    key: 'fan module, FAN1 …',
    summary: 'speed of a fan module as a share of what the controller asks for',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'hardware.psu',
    place: 'node',
    healthy: 'ok',
    key: 'power supply, PSU1 …',
    summary: 'a power supply: ok, failed, no-input',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'hardware.nvswitch-sxid',
    place: 'node',
    healthy: 0,
    key: 'NVSwitch, 0 to 5',
    summary: 'a fatal error of an NVSwitch by its SXid; the fabric is stopped until all GPUs and switches are reset',
    clearedBy: ['driver-reload'],
  },
  {
    name: 'hardware.dimm',
    place: 'node',
    healthy: 'ok',
    key: 'memory module, CPU0_A1 …',
    summary: 'a memory module: ok, uncorrectable (some cells are beyond what ECC saves)',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'hardware.dimm-corrected',
    place: 'node',
    healthy: 0,
    unit: 'errors/s',
    key: 'memory module, CPU0_A1 …',
    summary: 'errors of a memory module that ECC corrects',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'hardware.cpu-mhz-max',
    place: 'node',
    healthy: 3_300,
    unit: 'MHz',
    summary: 'what the board lets the cores run at; less while PROCHOT is asserted',
    clearedBy: ['node-replaced'],
  },
] as const satisfies readonly FactKind[];

import { spread } from '../noise.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { WorldNode } from '../world.ts';
import type { Timeline } from './timeline.ts';

/** Two sockets of 48 cores with two threads each: what Slurm counts as 192 CPUs. Clocks by AMD's data sheet. */
export const hostCpu = {
  model: 'AMD EPYC 7643 48-Core Processor',
  sockets: 2,
  coresPerSocket: 48,
  threads: 192,
  minKhz: 1_500_000,
  maxKhz: 3_640_625,
  /** With all cores at work. */
  busyKhz: 3_300_000,
} as const;

/** CPUs of a socket, first threads and second ones. */
export const socketCpus = ['0-47,96-143', '48-95,144-191'] as const;

export function socketOf(gpu: number): 0 | 1 {
  return gpu < 4 ? 0 : 1;
}

export function governorOf(timeline: Timeline, node: WorldNode, ms: number): string {
  return factAt(timeline, { fact: 'host.cpu-governor', place: node.name }, ms);
}

const tickMs = 1_000;

/** What one core runs at, in kHz; `busy` is the share of its time in which it does anything. */
export function coreKhz(timeline: Timeline, node: WorldNode, core: number, busy: number, ms: number): number {
  const governor = governorOf(timeline, node, ms);
  const limitKhz = 1_000 * factAt(timeline, { fact: 'hardware.cpu-mhz-max', place: node.name }, ms);
  const draw = spread(timeline.world.seed, 'core-khz', node.index, core, Math.floor(ms / tickMs));
  const wantedKhz =
    governor === 'powersave'
      ? hostCpu.minKhz
      : governor === 'performance' || draw < 2 * busy - 1
        ? hostCpu.busyKhz + 30_000 * draw
        : hostCpu.minKhz + 400_000 * (1 + draw);
  return Math.round(Math.min(limitKhz + 5_000 * draw, wantedKhz));
}

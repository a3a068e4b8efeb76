import { closeSync, openSync, writeSync } from 'node:fs';

/** A storm of one Xid: what a single broken GPU writes into a kernel log within a minute. */
export interface Burst {
  readonly name: string;
  readonly lines: number;
  readonly processes: number;
  readonly devices: number;
}

export const bursts: readonly Burst[] = [
  { name: 'one process on one GPU', lines: 800_000, processes: 1, devices: 1 },
  { name: '29 processes on 8 GPUs', lines: 800_000, processes: 29, devices: 8 },
];

/** The finding that has to come of it, once for each device. */
export const burstKind = 'nvidia.xid.95';

/** Answers the bytes written. */
export function writeBurst(file: string, { lines, processes, devices }: Burst): number {
  const handle = openSync(file, 'w');
  let bytes = 0;
  try {
    for (let from = 0; from < lines; from += blockLines) {
      let block = '';
      for (let at = from; at < Math.min(lines, from + blockLines); at += 1)
        block += burstLine(at, at % processes, at % devices);
      bytes += writeSync(handle, block);
    }
  } finally {
    closeSync(handle);
  }
  return bytes;
}

const blockLines = 10_000;
const linesPerSecond = 20_000;
const buses = ['41', '0b', '48', '4c', '88', '8b', 'c8', 'cb'];

function burstLine(at: number, process: number, device: number): string {
  const second = String(Math.floor(at / linesPerSecond)).padStart(2, '0');
  const sinceBoot = (1_843 + at / linesPerSecond).toFixed(6);
  return `Nov 21 03:00:${second} node-07 kernel: [ ${sinceBoot}] NVRM: Xid (PCI:0000:${buses[device] ?? '41'}:00): 95, pid=${4_000 + process}, name=python3, Contained: 0\n`;
}

import { driveCounters, drives, type Drive } from '../../physics/disk-io.ts';
import type { CommandContext } from '../command.ts';

/** `/proc/diskstats` of Linux 5.15: 17 counters a device. */
export function diskstats(context: CommandContext): string {
  const loops = Array.from(
    { length: 8 },
    (_, at) => `   7 ${String(at).padStart(7)} loop${at} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`,
  );
  return loops.join('') + drives.map((drive, at) => driveLines(context, drive, at)).join('');
}

function driveLines({ timeline, node, nowMs }: CommandContext, drive: Drive, at: number): string {
  const now = driveCounters(timeline, node, drive, nowMs);
  const line = (minor: number, name: string, share: number) => {
    const of = (value: number) => Math.floor(share * value);
    const flushes = of(now.writes / 90);
    return `${String(259).padStart(4)} ${String(minor).padStart(7)} ${name} ${of(now.reads)} 0 ${of(now.readSectors)} ${of(now.readMs)} ${of(now.writes)} ${of(now.writes / 12)} ${of(now.writtenSectors)} ${of(now.writeMs)} ${of(now.inFlight)} ${of(now.busyMs)} ${of(now.readMs + now.writeMs)} 0 0 0 0 ${flushes} ${Math.floor(flushes * 0.2)}\n`;
  };
  const whole = line(at * 3, drive, 1);
  return drive === 'nvme0n1' ? `${whole}${line(1, 'nvme0n1p1', 0.001)}${line(2, 'nvme0n1p2', 0.998)}` : whole;
}

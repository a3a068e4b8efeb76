import { mountsOf } from '../../physics/mounts.ts';
import type { FileReader } from '../host/files.ts';
import { diskstats } from './diskstats.ts';

/** Files in /proc and /sys about file systems and drives. */
export const storageFiles: Readonly<Record<string, FileReader>> = {
  '/proc/mounts': ({ timeline, node, nowMs }) =>
    mountsOf(timeline, node, nowMs)
      .map(({ device, mount, fstype, options }) => `${device} ${mount} ${fstype} ${options} 0 0\n`)
      .join(''),
  '/proc/self/mountstats': ({ timeline, node, nowMs }) =>
    mountsOf(timeline, node, nowMs)
      .map(({ device, mount, fstype }) => `device ${device} mounted on ${mount} with fstype ${fstype}\n`)
      .join(''),
  '/proc/diskstats': diskstats,
  // A client that was evicted is as healthy as any: the check is about its own devices.
  '/sys/fs/lustre/health_check': () => 'healthy\n',
};

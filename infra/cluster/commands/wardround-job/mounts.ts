import { hostShm, hostShmUsage, jobShmBytes, ownShmMib } from '../../physics/shm.ts';
import { mountState } from '../../physics/mounts.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

/** Lines of `/proc/PID/mountinfo` of the container, and its /dev/shm as `shm KIB_TOTAL KIB_USED`. */
export function text({ timeline, node, nowMs }: CommandContext, { attempt }: Trainer): string {
  const { world } = timeline;
  const ownMib = ownShmMib(world, attempt);
  const layer = `/raid/docker/overlay2/l/${'Q7X2'.repeat(6)}${world.job.slurmId}`;
  const options = ownMib === null ? `rw,size=${hostShm.kib}k,inode64` : `rw,size=${ownMib * 1_024}k,inode64`;
  const lustre = mountState(timeline, node, '/lustre', nowMs) === 'missing';
  const lines = [
    `2411 1980 0:214 / / rw,relatime master:812 - overlay overlay rw,lowerdir=${layer},upperdir=/raid/docker/overlay2/up/diff,workdir=/raid/docker/overlay2/up/work`,
    `2418 2413 0:${ownMib === null ? 26 : 219} / /dev/shm rw,nosuid,nodev${ownMib === null ? ' master:3' : ',noexec,relatime'} - tmpfs ${ownMib === null ? 'tmpfs' : 'shm'} ${options}`,
    ...(lustre
      ? []
      : [
          '2431 2411 0:61 / /lustre rw,relatime master:402 - lustre lustre01@o2ib:/scratch rw,flock,lazystatfs,noencrypt',
        ]),
  ];
  const totalKib = ownMib === null ? hostShm.kib : ownMib * 1_024;
  const usedKib =
    ownMib === null
      ? hostShmUsage(timeline, node, nowMs).kib
      : Math.min(totalKib, Math.ceil(jobShmBytes(timeline, node, nowMs) / 1_024));
  return `${lines.map((line) => `${line}\n`).join('')}shm ${totalKib} ${usedKib}\n`;
}

import { hostCpu } from '../../physics/host-cpu.ts';
import { memory } from '../../physics/memory.ts';
import { complained, printed, type NodeCommand } from '../command.ts';

const sizesMb = [515_767, 515_767] as const;

/** `numactl --hardware`. */
export const numactl: NodeCommand = {
  name: 'numactl',
  run({ timeline, node, nowMs }, args) {
    if (args.join(' ') !== '--hardware' && args.join(' ') !== '-H')
      return complained('usage: numactl [--hardware]\n', 1);
    const freeMb = memory(timeline, node, nowMs).freeKib / 1024;
    const free = [Math.floor(freeMb * 0.54), Math.floor(freeMb * 0.46)];
    const half = hostCpu.coresPerSocket;
    const cpus = (socket: number) =>
      [0, hostCpu.threads / 2]
        .flatMap((from) => Array.from({ length: half }, (_, at) => from + socket * half + at))
        .join(' ');
    const lines = [
      'available: 2 nodes (0-1)',
      ...sizesMb.flatMap((mb, at) => [
        `node ${at} cpus: ${cpus(at)}`,
        `node ${at} size: ${mb} MB`,
        `node ${at} free: ${free[at]} MB`,
      ]),
      'node distances:',
      'node   0   1 ',
      '  0:  10  32 ',
      '  1:  32  10 ',
    ];
    return printed(lines.map((line) => `${line}\n`).join(''));
  },
};

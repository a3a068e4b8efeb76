import { hasRdma } from '../../physics/container-devices.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

/** `name mode uid gid major:minor`, sorted. Rules of the control group do not show in the nodes. */
export function text({ timeline, node }: CommandContext, { attempt }: Trainer): string {
  const { world } = timeline;
  const line = (name: string, mode: string, major: number, minor: number) => `${name} ${mode} 0 0 ${major}:${minor}\n`;
  const all = 'crw-rw-rw-';
  const rdma = node.hcas.flatMap((_, at) => [
    line(`infiniband/issm${at}`, 'crw-------', 231, 64 + at),
    line(`infiniband/umad${at}`, 'crw-------', 231, at),
    line(`infiniband/uverbs${at}`, all, 231, 192 + at),
  ]);
  return [
    ...node.gpus.map(({ index }) => line(`nvidia${index}`, all, 195, index)),
    line('nvidiactl', all, 195, 255),
    line('nvidia-uvm', all, 510, 0),
    line('nvidia-uvm-tools', all, 510, 1),
    line('nvidia-caps/nvidia-cap1', 'cr--------', 234, 1),
    line('nvidia-caps/nvidia-cap2', 'cr--r--r--', 234, 2),
    ...(hasRdma(world, attempt, node.name) ? [...rdma, line('infiniband/rdma_cm', all, 10, 58)] : []),
  ]
    .toSorted()
    .join('');
}

import { integer } from '../noise.ts';
import { drawGpu, gpuOf, rejectGpu } from './gpu-target.ts';
import type { Fault } from './fault.ts';

const weekMs = 7 * 24 * 3_600_000;

/**
 * A user's program with a bug made the driver report an Xid a week ago; the program is long gone. Now the DCGM exporter
 * is restarted, asks the driver for the last Xid of every GPU, and shows the old one.
 */
export const oldXid: Fault = {
  id: 'old-xid',
  summary: 'an exporter restart brings back an Xid that a user program caused a week ago',
  expects: 'no-fault',
  category: null,
  draw: (world) => drawGpu(world, 'old-xid'),
  reject: rejectGpu,
  apply(target) {
    const at = gpuOf(target);
    const draw = integer(at.gpu, 1e9, 'old-xid', at.node);
    return [
      // An hour or so this way or that: nothing happens exactly a week ago.
      { kind: 'past-xid', ...at, xid: draw % 2 === 0 ? 31 : 13, agoMs: weekMs + (draw % 7_200_000) },
      { kind: 'exporter-restart', node: at.node },
    ];
  },
  undo: (target) => [
    { kind: 'driver-reload', node: target.node },
    { kind: 'exporter-restart', node: target.node },
  ],
  present(settings, target) {
    const { node, gpu } = gpuOf(target);
    return settings.pastXids.has(`${node}/${gpu}`);
  },
};

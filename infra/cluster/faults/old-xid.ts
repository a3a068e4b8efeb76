import { integer } from '../noise.ts';
import { defineFault } from './fault.ts';

const weekMs = 7 * 24 * 3_600_000;

/**
 * A user's program with a bug made the driver report an Xid a week ago; the program is long gone. Now the DCGM exporter
 * is restarted, asks the driver for the last Xid of every GPU, and shows the old one.
 */
export const oldXid = defineFault({
  id: 'old-xid',
  kind: 'decoy',
  summary: 'an exporter restart brings back an Xid that a user program caused a week ago',
  categories: [],
  place: 'gpu',
  heals: 'nothing is wrong; the driver forgets it when it is loaded anew',
  causes({ node, gpu }) {
    const draw = integer(gpu, 1e9, 'old-xid', node);
    return [
      // An hour or so this way or that: nothing happens exactly a week ago.
      { kind: 'past-xid', node, gpu, xid: draw % 2 === 0 ? 31 : 13, agoMs: weekMs + (draw % 7_200_000) },
      { kind: 'exporter-restart', node },
    ];
  },
  undo: ({ target: { node } }) => [
    { kind: 'driver-reload', node },
    { kind: 'exporter-restart', node },
  ],
  present: (settings, { target: { node, gpu } }) => settings.pastXids.has(`${node}/${gpu}`),
});

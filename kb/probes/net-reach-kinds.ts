import type { FindingKind } from '../schemas/finding-kind.ts';

const ping = 'https://man7.org/linux/man-pages/man8/ping.8.html';

/** A name that another node cannot turn into an address, whichever tool was asked. */
export const peerUnresolved: FindingKind = {
  id: 'net.peer.unresolved',
  summary: 'the name of another host cannot be resolved from here',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 3.5 },
  source: ping,
};

import type { WorldNode } from '../../world.ts';
import { linkCounters } from '../link.ts';
import { bootMsOf } from '../node-life.ts';
import type { Timeline } from '../timeline.ts';
import type { InterfaceName } from './ethernet.ts';
import { hostCounters } from './host-counters.ts';
import { presentMs } from './link-errors.ts';

/** What the kernel has counted on an interface since it started. */
export interface InterfaceCounters {
  readonly rx: {
    readonly bytes: number;
    readonly packets: number;
    readonly errors: number;
    readonly dropped: number;
    readonly mcast: number;
    readonly length: number;
    readonly crc: number;
  };
  readonly tx: {
    readonly bytes: number;
    readonly packets: number;
    readonly dropped: number;
    readonly carrier: number;
    readonly transitions: number;
  };
}

/** Frames a second that are too long for an interface whose MTU is smaller than that of those who send to it; assumed. */
const tooLongPerSecond = 2.4;
// IPoIB carries Lustre's management and ARP only.
const ipoibPerSecond = 3;

export function interfaceCounters(
  timeline: Timeline,
  node: WorldNode,
  name: InterfaceName,
  ms: number,
): InterfaceCounters {
  const { settings } = timeline.segmentAt(ms);
  const seconds = Math.max(0, ms - bootMsOf(settings, node, ms)) / 1_000;
  const shares: Partial<Record<InterfaceName, number>> = { bond0: 1, eth0: 0.5, eth1: 0.5 };
  if (name.startsWith('ib')) {
    const hca = node.hcas[Number(name.slice(2))];
    const downed = hca === undefined ? 0 : linkCounters(timeline.world, settings, node, hca, ms).downed;
    return plain(Math.floor(seconds * ipoibPerSecond), 220, { carrier: downed, transitions: 1 + 2 * downed });
  }
  if (name === 'docker0') return plain(0, 0, { carrier: 0, transitions: 2 });
  if (name === 'lo') return plain(Math.floor(seconds * 41), 310, { carrier: 0, transitions: 0 });
  if (name === 'eth2') {
    const upMs = presentMs(timeline, 'net.second-default-route', node.name, ms);
    return plain(Math.floor(upMs / 700), 180, { carrier: 0, transitions: upMs > 0 ? 1 : 0 });
  }
  const share = shares[name] ?? 0;
  const { ipExt, tcp } = hostCounters(timeline, node, ms);
  const tooLong = Math.floor((presentMs(timeline, 'net.mtu', node.name, ms) / 1_000) * tooLongPerSecond * share);
  return {
    rx: {
      bytes: Math.floor(ipExt.inOctets * share),
      packets: Math.floor(tcp.inSegs * share),
      errors: tooLong,
      dropped: Math.floor(seconds * 0.03 * share),
      mcast: Math.floor(ipExt.mcast * share),
      length: tooLong,
      crc: 0,
    },
    tx: {
      bytes: Math.floor(ipExt.outOctets * share),
      packets: Math.floor(tcp.outSegs * share),
      dropped: 0,
      carrier: 0,
      transitions: name === 'bond0' ? 2 : 3,
    },
  };
}

function plain(
  packets: number,
  bytesEach: number,
  { carrier, transitions }: { readonly carrier: number; readonly transitions: number },
): InterfaceCounters {
  const bytes = packets * bytesEach;
  return {
    rx: { bytes, packets, errors: 0, dropped: 0, mcast: 0, length: 0, crc: 0 },
    tx: { bytes, packets, dropped: 0, carrier, transitions },
  };
}

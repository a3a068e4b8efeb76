import { uniform } from '../../noise.ts';
import type { WorldNode } from '../../world.ts';
import { bootMsOf } from '../node-life.ts';
import type { Timeline } from '../timeline.ts';
import { socketBytes } from '../traffic.ts';
import { countedMinutes, presentMs } from './link-errors.ts';

/** What the kernel of a node has counted of TCP since it started. */
export interface HostCounters {
  readonly tcp: {
    readonly activeOpens: number;
    readonly passiveOpens: number;
    readonly attemptFails: number;
    readonly estabResets: number;
    readonly established: number;
    readonly inSegs: number;
    readonly outSegs: number;
    readonly retransSegs: number;
    readonly outRsts: number;
    readonly fragFails: number;
  };
  readonly tcpExt: {
    readonly lostRetransmit: number;
    readonly fastRetrans: number;
    readonly timeouts: number;
    readonly synRetrans: number;
    readonly origDataSent: number;
  };
  readonly ipExt: { readonly mcast: number; readonly inOctets: number; readonly outOctets: number };
}

// Logs, metrics, the scheduler and the rendezvous: some megabytes a second on the management network.
const segmentsPerSecond = 1_450;
const bytesPerSegment = 2_100;
// Payload of a full frame with an MTU of 9,000.
const jumboBytes = 8_948;
// A quiet data centre resends about one segment in 100,000.
const resentShare = 1.1e-5;
// A connection whose large packets are dropped resends its first one with growing pauses, 120 s apart at the most.
const stuckRetransPerSecond = 1.6;

export function hostCounters(cluster: Timeline, node: WorldNode, ms: number): HostCounters {
  const timeline = cluster.of(node);
  const { world } = timeline;
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms);
  const seconds = Math.max(0, ms - bootMs) / 1_000;
  const own = 1 + 0.2 * uniform(world.seed, 'tcp-traffic', node.index);
  const inSegs = Math.floor(seconds * segmentsPerSecond * own);
  const outSegs = Math.floor(inSegs * 1.12);
  const gradients = socketBytes(timeline, node, ms);
  const gradientSegs = Math.floor(gradients / jumboBytes);
  const dropsMs =
    presentMs(timeline, 'net.path-mtu', node.name, ms) +
    presentMs(timeline, 'net.mtu', node.name, ms) +
    presentMs(timeline, 'net.second-default-route', node.name, ms);
  const stuck = Math.floor((dropsMs / 1_000) * stuckRetransPerSecond);
  const lossy = countedMinutes(timeline, 'host.resent-per-minute', node.name, undefined, ms);
  const usual = Math.floor(outSegs * resentShare + lossy);
  return {
    tcp: {
      activeOpens: Math.floor(seconds * 0.9),
      passiveOpens: Math.floor(seconds * 0.7),
      attemptFails: Math.floor(seconds * 0.002),
      estabResets: Math.floor(seconds * 0.004),
      established: 61 + Math.floor(8 * uniform(world.seed, 'tcp-open', node.index, Math.floor(ms / 10_000))),
      inSegs: inSegs + gradientSegs,
      outSegs: outSegs + gradientSegs,
      retransSegs: usual + stuck,
      outRsts: Math.floor(seconds * 0.01),
      fragFails: Math.floor(presentMs(timeline, 'net.mtu', node.name, ms) / 9_000),
    },
    tcpExt: {
      lostRetransmit: Math.floor(usual * 0.04 + stuck * 0.5),
      fastRetrans: Math.floor(usual * 0.6),
      timeouts: Math.floor(usual * 0.2 + stuck * 0.8),
      synRetrans: Math.floor(usual * 0.08),
      origDataSent: Math.floor(outSegs * 0.83),
    },
    ipExt: {
      mcast: Math.floor(seconds * 0.2),
      inOctets: inSegs * bytesPerSegment + gradients,
      outOctets: outSegs * bytesPerSegment + gradients,
    },
  };
}

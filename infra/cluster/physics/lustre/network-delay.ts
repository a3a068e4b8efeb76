import { uniform } from '../../noise.ts';
import { factSpansAt, type FactSpan } from '../../state/facts/spans.ts';
import { hcaPlace } from '../../state/place.ts';
import type { WorldNode } from '../../world.ts';
import { placeOf } from '../link.ts';
import { downPhases } from '../link-phases.ts';
import { leafDownPorts, leafPortOf, leafUplinks } from '../network/fabric.ts';
import type { Timeline } from '../timeline.ts';
import { binMs, bins } from './server-delay.ts';

/** Replies of one import that came late over the network, or a connection that was made anew because none came. */
export interface NetworkEvent {
  readonly atMs: number;
  /** As `ptlrpc_at_adj_net_latency` counts: what is not the server's time, and 1. */
  readonly seconds: number;
  /** A new connection begins its history anew (`ptlrpc_connect_interpret`). */
  readonly isReconnect: boolean;
}

/** The deadline of a request whose service takes a second (`at_est2timeout`), and the second for the network. */
const deadlineMs = 7_000;
/** Of the requests of an import one is under way on the port that goes down; four adapters share them. Assumed. */
const underWayShare = 0.3;
/** A single packet that is lost is sent again after 4.096 us * 2^20, as NCCL's; one second is for rounding. */
const resentSeconds = 5;
/** Errors a minute at which every import of a node loses such a packet in each bin; requests are few of all packets. Assumed. */
const certainErrors = 100_000;
/** Of a leaf with fewer uplinks than its rings need switches drop what waits too long at the head of a queue. Assumed. */
const crowdedShare = 0.25;
const neededUplinks = 4;

/** A chance in each bin of a stretch that an import has to wait for a packet that is sent again. */
interface LossSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly chance: number;
  readonly name: string;
  readonly whileBusy: boolean;
}

/** What is the same for all imports of a node. */
export interface NodePath {
  readonly timeline: Timeline;
  readonly node: WorldNode;
  readonly fromMs: number;
  /** No reply has come since; Infinity while they come. */
  readonly cutOffMs: number;
  readonly common: readonly NetworkEvent[];
  readonly outages: readonly { readonly name: string; readonly fromMs: number; readonly toMs: number }[];
  readonly losses: readonly LossSpan[];
}

export function pathOf(timeline: Timeline, node: WorldNode, fromMs: number, toMs: number): NodePath {
  const { world } = timeline;
  const { settings } = timeline.segmentAt(toMs);
  const outages = node.hcas.flatMap((hca) =>
    downPhases(placeOf(world, settings, node, hca), fromMs, toMs).map((phase) => ({
      name: hca.name,
      fromMs: phase.fromMs,
      toMs: phase.toMs,
    })),
  );
  const { cutOffs, crowded } = uplinkLosses(timeline, node, fromMs, toMs);
  const cutOff = cutOffs.find((one) => one.toMs > toMs);
  const common = cutOffs
    .filter((one) => one.toMs <= toMs)
    .map((one) => ({ atMs: one.toMs, seconds: 1, isReconnect: true }));
  const losses = [...crowded, ...portLosses(timeline, node, fromMs, toMs)];
  return { timeline, node, fromMs, cutOffMs: cutOff?.fromMs ?? Infinity, common, outages, losses };
}

/** What came late on an import up to a moment, oldest first; of long losses the first and the last that count. */
export function networkEvents({ common, outages, losses, ...path }: NodePath, target: string, toMs: number) {
  const { seed } = path.timeline.world;
  const ofOutages = outages.flatMap((outage): readonly NetworkEvent[] => {
    if (uniform(seed, 'lustre-under-way', path.node.index, target, outage.name, outage.fromMs) >= underWayShare)
      return [];
    const lengthMs = outage.toMs - outage.fromMs;
    // What is not there within its deadline is asked anew, over another port.
    if (lengthMs > deadlineMs) return [{ atMs: outage.fromMs + deadlineMs, seconds: 1, isReconnect: true }];
    return [{ atMs: outage.toMs, seconds: 1 + Math.ceil(lengthMs / 1_000), isReconnect: false }];
  });
  const ofLosses = losses.flatMap((span) => lossEvents(path, target, span, toMs));
  return [...common, ...ofOutages, ...ofLosses].filter(({ atMs }) => atMs <= toMs).toSorted((a, b) => a.atMs - b.atMs);
}

function lossEvents(
  { timeline, node, fromMs }: Pick<NodePath, 'timeline' | 'node' | 'fromMs'>,
  target: string,
  span: LossSpan,
  toMs: number,
): readonly NetworkEvent[] {
  const { seed } = timeline.world;
  const beginMs = Math.max(span.fromMs, fromMs);
  const endMs = Math.min(span.toMs, toMs);
  const first = Math.ceil(beginMs / binMs);
  const last = Math.floor(endMs / binMs);
  const hit = (tick: number): readonly NetworkEvent[] => {
    const drawn = (what: string) => uniform(seed, what, span.name, node.index, target, tick);
    const atMs = Math.floor((tick + 0.9 * drawn('lustre-resent-at')) * binMs);
    if (atMs > endMs || drawn('lustre-resent') >= span.chance) return [];
    if (span.whileBusy && !timeline.segmentAt(atMs).busyNodes.has(node.name)) return [];
    return [{ atMs, seconds: resentSeconds, isReconnect: false }];
  };
  const recent = Math.max(first, last - bins - 1);
  const events: NetworkEvent[] = [];
  for (let tick = first; tick < recent && events.length === 0; tick += 1) events.push(...hit(tick));
  for (let tick = recent; tick <= last; tick += 1) events.push(...hit(tick));
  return events;
}

/** Broken symbols on either end of the cables of a node. */
function portLosses(timeline: Timeline, node: WorldNode, fromMs: number, toMs: number): readonly LossSpan[] {
  const loss = (name: string, { value, ...span }: ErrorSpan): LossSpan => ({
    name,
    fromMs: span.fromMs,
    toMs: span.toMs,
    chance: Math.min(0.3, value / certainErrors),
    whileBusy: false,
  });
  return node.hcas.flatMap((hca) => {
    const { switch: leaf, port } = leafPortOf(timeline.world, node, hca);
    const own = { place: hcaPlace(node, hca) };
    return [
      ...factSpansAt(timeline, { fact: 'ib.receive-errors', ...own }, fromMs, toMs),
      ...factSpansAt(timeline, { fact: 'ib.electrical-errors', ...own }, fromMs, toMs),
      ...factSpansAt(timeline, { fact: 'switch.port-errors', place: leaf, key: String(port) }, fromMs, toMs),
    ].map((span) => loss(hca.name, span));
  });
}

type ErrorSpan = Pick<FactSpan<'ib.receive-errors'>, 'value' | 'fromMs' | 'toMs'>;

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the leaf of a node had no uplink, or fewer than its traffic needs. The servers are behind the spines. */
function uplinkLosses(timeline: Timeline, node: WorldNode, fromMs: number, toMs: number) {
  const down = factSpansAt(timeline, { fact: 'switch.port-state', place: node.leaf }, fromMs, toMs).filter(
    ({ key, value }) => Number(key) > leafDownPorts && value !== 'up',
  );
  const moments = [...new Set(down.flatMap((span) => [span.fromMs, span.toMs]))].toSorted((a, b) => a - b);
  const cutOffs: Stretch[] = [];
  const crowded: LossSpan[] = [];
  moments.forEach((beginMs, at) => {
    const endMs = moments[at + 1];
    const lost = down.filter((span) => span.fromMs <= beginMs && span.toMs > beginMs).length;
    if (endMs === undefined || leafUplinks - lost >= neededUplinks) return;
    if (lost >= leafUplinks) cutOffs.push({ fromMs: beginMs, toMs: endMs });
    else crowded.push({ fromMs: beginMs, toMs: endMs, chance: crowdedShare, name: `uplinks-${lost}`, whileBusy: true });
  });
  return { cutOffs, crowded };
}

import { integer, uniform } from '../../noise.ts';
import { factSpansAt } from '../../state/facts/spans.ts';
import type { WorldNode } from '../../world.ts';
import { bootMsOf } from '../node-life.ts';
import type { Timeline } from '../timeline.ts';
import { networkEvents, pathOf, type NodePath } from './network-delay.ts';
import { lustreTargets, type LustreTarget } from './servers.ts';
import { binMs, bins, lateSpans, partitionOf, peaksOf, serviceEstimate, type LateSpan } from './server-delay.ts';

/** `struct adaptive_timeout` of Lustre 2.15, seconds. */
export interface Estimate {
  readonly current: number;
  readonly worst: number;
  readonly worstAtMs: number;
  /** Newest first. */
  readonly history: readonly number[];
}

/** What a client knows of one target: how long its network takes, and each service of the server (`struct imp_at`). */
export interface ImportEstimates {
  readonly target: LustreTarget;
  readonly lastReplyMs: number;
  readonly network: Estimate;
  readonly portals: readonly { readonly portal: number; readonly estimate: Estimate }[];
}

/** A service of a server as a client uses it. */
interface Portal {
  readonly portal: number;
  /** A reply comes about that often: reads and opens, pings (a quarter of `obd_timeout`), cancelled locks. Assumed. */
  readonly everyMs: number;
  /** How much of the server's delay it has. Reads wait for drives; pings and locks do not. */
  readonly share: number;
  /** The worst that it may have been before the recorded past. */
  readonly pastWorst: number;
}

// Portals of lustre_idl.h: 28 OST, 6 OST_IO, 17 LDLM_CANCEL; 12 MDS, 23 MDS_READPAGE. In the order of their first use.
const portals: Readonly<Record<LustreTarget['kind'], readonly Portal[]>> = {
  osc: [
    { portal: 28, everyMs: 25_000, share: 0, pastWorst: 2 },
    { portal: 6, everyMs: 10_000, share: 1, pastWorst: 5 },
    { portal: 17, everyMs: 90_000, share: 0, pastWorst: 1 },
  ],
  mdc: [
    { portal: 12, everyMs: 8_000, share: 1, pastWorst: 4 },
    { portal: 23, everyMs: 60_000, share: 0.6, pastWorst: 2 },
    { portal: 17, everyMs: 90_000, share: 0.1, pastWorst: 1 },
  ],
};

/** `INITIAL_CONNECT_TIMEOUT`, until a service has answered for the first time. */
const initialSeconds = 5;
/** Of a start of the kernel, until the file system is mounted. */
const mountDelayMs = 38_000;

/** The estimates of all targets of a node, in the order of their names; the metadata target last. */
export function adaptiveTimeouts(timeline: Timeline, node: WorldNode, ms: number): readonly ImportEstimates[] {
  const mountMs = mountedSince(timeline, node, ms);
  const fromMs = Math.max(mountMs, timeline.world.historyFromMs);
  const path = pathOf(timeline, node, fromMs, ms);
  const asOfMs = Math.min(ms, path.cutOffMs);
  const late = new Map<LustreTarget['server'], readonly LateSpan[]>();
  return lustreTargets.map((target) => {
    const spans = late.get(target.server) ?? lateSpans(timeline, target.server, fromMs - bins * binMs, asOfMs);
    late.set(target.server, spans);
    const used = portals[target.kind].map((portal) => ({
      portal,
      replies: replyTimes(timeline, node, target, portal, mountMs),
    }));
    const lastReplyMs = Math.max(mountMs, ...used.flatMap(({ replies }) => replies.last(asOfMs) ?? []));
    return {
      target,
      lastReplyMs,
      network: networkEstimate(path, target, mountMs, lastReplyMs),
      portals: used.map(({ portal, replies }) => ({
        portal: portal.portal,
        estimate: serviceOf(timeline, node, target, { portal, replies, spans, mountMs, asOfMs }),
      })),
    };
  });
}

function mountedSince(timeline: Timeline, node: WorldNode, ms: number): number {
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms) + mountDelayMs;
  const of = { fact: 'storage.mount', place: node.name, key: '/lustre' } as const;
  const away = factSpansAt(timeline, of, timeline.world.historyFromMs, ms).filter(
    ({ value, toMs }) => (value === 'missing' || value === 'stale') && toMs <= ms,
  );
  return Math.min(ms, Math.max(bootMs, ...away.map(({ toMs }) => toMs)));
}

/** Replies of one service: one in each stretch of their rhythm, some time in it. */
interface Replies {
  /** The last one up to a moment, null before the first. */
  last(ms: number): number | null;
  first(): number;
  between(fromMs: number, toMs: number): readonly number[];
}

function replyTimes(
  { world: { seed } }: Timeline,
  node: WorldNode,
  { name }: LustreTarget,
  { portal, everyMs }: Portal,
  mountMs: number,
): Replies {
  const at = (beat: number) =>
    Math.floor((beat + uniform(seed, 'lustre-reply', node.index, name, portal, beat)) * everyMs);
  const within = (fromMs: number, toMs: number) => {
    const begin = Math.floor(Math.max(fromMs, mountMs) / everyMs);
    const count = Math.max(0, Math.floor(toMs / everyMs) - begin + 1);
    return Array.from({ length: count }, (_, index) => at(begin + index)).filter(
      (one) => one >= Math.max(fromMs, mountMs) && one <= toMs,
    );
  };
  return {
    last: (ms) => within(ms - 2 * everyMs, ms).at(-1) ?? null,
    first: () => within(mountMs, mountMs + 2 * everyMs)[0] ?? mountMs,
    between: within,
  };
}

interface Served {
  readonly portal: Portal;
  readonly replies: Replies;
  readonly spans: readonly LateSpan[];
  readonly mountMs: number;
  readonly asOfMs: number;
}

/** `at_measured` with `AT_FLG_NOHIST`: the last estimate that the server told counts, the bins are for people. */
function serviceOf(timeline: Timeline, node: WorldNode, target: LustreTarget, served: Served): Estimate {
  const { portal, replies, mountMs, asOfMs } = served;
  const lastMs = replies.last(asOfMs);
  if (lastMs === null)
    return { current: initialSeconds, worst: initialSeconds, worstAtMs: mountMs, history: emptyHistory };
  const firstMs = replies.first();
  const spans = portal.share === 0 ? [] : served.spans;
  const partition = partitionOf(timeline, node, target, portal.share);
  const told = (ms: number) => (spans.length === 0 ? 1 : serviceEstimate(partition, spans, ms));
  const bin = Math.floor((lastMs - firstMs) / binMs);
  const beginMs = firstMs + Math.max(0, bin - bins + 1) * binMs;
  const recent = replies.between(beginMs, lastMs).map((atMs) => ({ atMs, seconds: told(atMs) }));
  const history = emptyHistory.map((_, back) =>
    Math.max(
      0,
      ...recent.filter(({ atMs }) => Math.floor((atMs - firstMs) / binMs) === bin - back).map(({ seconds }) => seconds),
    ),
  );
  const before = peaksOf(partition, spans)
    .map(({ atMs, seconds }) => ({ atMs: nextReply(replies, Math.max(atMs, firstMs), portal), seconds }))
    .filter(({ atMs }) => atMs < beginMs);
  const past = pastWorst(timeline, node, target, portal, firstMs);
  const { atMs, seconds } = firstWorst([past, ...before, ...recent]);
  return { current: told(lastMs), worst: seconds, worstAtMs: atMs, history };
}

function nextReply(replies: Replies, ms: number, { everyMs }: Portal): number {
  return replies.between(ms, ms + 2 * everyMs)[0] ?? ms;
}

const emptyHistory = Array.from({ length: bins }, () => 0);

interface Sample {
  readonly atMs: number;
  readonly seconds: number;
}

/** The greatest, and of several the one that came first: only what is longer replaces it. */
function firstWorst(samples: readonly Sample[]): Sample {
  const [first = { atMs: 0, seconds: 1 }, ...rest] = samples;
  return rest.reduce(
    (worst, one) =>
      one.seconds > worst.seconds || (one.seconds === worst.seconds && one.atMs < worst.atMs) ? one : worst,
    first,
  );
}

/** What was once slow in the weeks between the mount and the recorded past. */
function pastWorst(
  { world }: Timeline,
  node: WorldNode,
  { name, server }: LustreTarget,
  { portal, pastWorst: most }: Pick<Portal, 'portal' | 'pastWorst'>,
  firstMs: number,
): Sample {
  const { seed, historyFromMs } = world;
  const spanMs = historyFromMs - firstMs;
  const seconds = 1 + integer(seed, most, 'lustre-past', String(server), portal);
  if (spanMs <= 0 || seconds === 1) return { atMs: firstMs, seconds: 1 };
  const share = uniform(seed, 'lustre-past-at', String(server), portal);
  // All clients of a server saw it within seconds.
  const laterMs = integer(seed, 20_000, 'lustre-past-at', node.index, name, portal);
  return { atMs: Math.floor(firstMs + share * Math.max(0, spanMs - 20_000)) + laterMs, seconds };
}

/** `at_measured` as it is: the longest of the bins counts. */
function networkEstimate(path: NodePath, target: LustreTarget, mountMs: number, asOfMs: number): Estimate {
  const events = networkEvents(path, target.name, asOfMs);
  const anew = events.findLast(({ isReconnect }) => isReconnect);
  const beginMs = anew?.atMs ?? mountMs;
  const late = events.filter((one) => !one.isReconnect && one.atMs >= beginMs);
  const bin = Math.floor((asOfMs - beginMs) / binMs);
  const history = emptyHistory.map((_, back) =>
    back > bin
      ? 0
      : Math.max(
          1,
          ...late
            .filter(({ atMs }) => Math.floor((atMs - beginMs) / binMs) === bin - back)
            .map(({ seconds }) => seconds),
        ),
  );
  const first =
    anew === undefined
      ? pastWorst(path.timeline, path.node, target, { portal: 0, pastWorst: 2 }, mountMs)
      : { atMs: beginMs, seconds: anew.seconds };
  const { atMs, seconds } = firstWorst([first, ...late]);
  return { current: Math.max(...history), worst: seconds, worstAtMs: atMs, history };
}

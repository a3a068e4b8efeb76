import { integer, uniform } from '../../noise.ts';
import { factSpansAt } from '../../state/facts/spans.ts';
import { clusterPlace } from '../../state/place.ts';
import type { WorldNode } from '../../world.ts';
import type { Timeline } from '../timeline.ts';
import { slowServers, type LustreTarget } from './servers.ts';

/** `at_history` of 600 s in four bins (`AT_BINS`), on clients and servers alike. */
export const binMs = 150_000;
export const bins = 4;

/** Seconds that the slowest requests of a server take for each time that the whole file system is slower; assumed. */
const secondsPerFactor = 3;
// After so many bins what is drawn of them repeats, so that nobody has to walk over a long stretch for its worst one.
const drawnBins = 8;

/** A stretch in which a server answers late, and how late. */
export interface LateSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly seconds: number;
}

/** When a server answered late between two moments, oldest first. */
export function lateSpans(
  timeline: Timeline,
  server: LustreTarget['server'],
  fromMs: number,
  toMs: number,
): readonly LateSpan[] {
  const of = { fact: 'storage.lustre-slowdown', place: clusterPlace } as const;
  return factSpansAt(timeline, of, fromMs, toMs).flatMap((span) => {
    const seconds = secondsPerFactor * (span.value - 1);
    // A span may have begun before the recorded past, which has no segments.
    const atMs = Math.max(span.fromMs, timeline.world.historyFromMs);
    return slowServers(timeline, atMs).includes(server) ? [{ fromMs: span.fromMs, toMs: span.toMs, seconds }] : [];
  });
}

/** The partition of a service (one a NUMA node of the server) that serves a client: estimates are per partition. */
export interface Partition {
  readonly seed: number;
  readonly server: LustreTarget['server'];
  readonly number: number;
  /** How much of a delay this service has: opens wait longer than cancelled locks. */
  readonly share: number;
}

export function partitionOf({ world: { seed } }: Timeline, node: WorldNode, { server }: LustreTarget, share: number) {
  return { seed, server, number: integer(seed, 2, 'lustre-partition', String(server), node.index), share };
}

/** What the slowest request of a bin of the server takes. */
function peak({ seed, server, number, share }: Partition, span: LateSpan, bin: number): number {
  const drawn = uniform(seed, 'lustre-late', String(server), number, span.fromMs, bin % drawnBins);
  return Math.max(1, Math.round(span.seconds * share * (0.75 + 0.25 * drawn)));
}

/** A server's bins begin when its service did. */
function shiftOf({ seed, server, number }: Partition): number {
  return integer(seed, binMs, 'lustre-bins', String(server), number);
}

/**
 * What a server tells of its own service time with every reply (`ptlrpc_at_set_reply`): the longest in its history, in
 * whole seconds. A request that takes half a minute is known of half a minute after it came.
 */
export function serviceEstimate(partition: Partition, spans: readonly LateSpan[], ms: number): number {
  const shift = shiftOf(partition);
  const now = Math.floor((ms - shift) / binMs);
  let longest = 1;
  for (let bin = now - bins + 1; bin <= now; bin += 1) {
    const beginMs = shift + bin * binMs;
    const endMs = Math.min(beginMs + binMs, ms);
    for (const span of spans) {
      const untilMs = Math.min(endMs, span.toMs);
      if (untilMs <= Math.max(beginMs, span.fromMs)) continue;
      longest = Math.max(longest, Math.min(peak(partition, span, bin), Math.floor((untilMs - span.fromMs) / 1_000)));
    }
  }
  return longest;
}

/** The moments in which a delay of the past may have been the worst so far: the first bins of each stretch. */
export function peaksOf(
  partition: Partition,
  spans: readonly LateSpan[],
): readonly { readonly atMs: number; readonly seconds: number }[] {
  const shift = shiftOf(partition);
  return spans.flatMap((span) => {
    const first = Math.floor((span.fromMs - shift) / binMs);
    return Array.from({ length: drawnBins + 1 }, (_, at) => first + at).flatMap((bin) => {
      const beginMs = shift + bin * binMs;
      const endMs = Math.min(beginMs + binMs, span.toMs);
      const lasted = Math.floor((endMs - span.fromMs) / 1_000);
      const seconds = Math.min(peak(partition, span, bin), lasted);
      return endMs <= beginMs || seconds < 1
        ? []
        : [{ atMs: Math.max(beginMs, span.fromMs + seconds * 1_000), seconds }];
    });
  });
}

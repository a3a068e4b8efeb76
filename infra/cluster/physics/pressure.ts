import { spread } from '../noise.ts';
import { factSpansAt } from '../state/facts/spans.ts';
import { clusterPlace } from '../state/place.ts';
import type { WorldNode } from '../world.ts';
import { hostCpu } from './host-cpu.ts';
import { bootMsOf } from './node-life.ts';
import { hogThreads } from './outsiders.ts';
import { swapRate } from './swap.ts';
import { driveSlowdown } from './storage-wait.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { Timeline } from './timeline.ts';

export type Resource = 'cpu' | 'io' | 'memory';

/** Shares of time in which some tasks, and all of them, wait for a resource (Documentation/accounting/psi.rst). */
export interface Pressure {
  readonly some: number;
  readonly full: number;
}

/** What a busy healthy node shows: loaders wait a little for the shared file system. */
const usual: Readonly<Record<Resource, Pressure>> = {
  cpu: { some: 0.004, full: 0 },
  io: { some: 0.011, full: 0.006 },
  memory: { some: 0, full: 0 },
};

export function pressureOf(timeline: Timeline, node: WorldNode, resource: Resource, ms: number): Pressure {
  const { busyNodes } = timeline.segmentAt(ms);
  const busy = busyNodes.has(node.name);
  const { some, full } = busy ? usual[resource] : { some: usual[resource].some / 8, full: 0 };
  const wobble = 1 + 0.5 * spread(timeline.world.seed, 'pressure', resource, node.index, Math.floor(ms / 10_000));
  const extra = extraPressure(timeline, node, resource, ms, busy);
  return { some: Math.min(0.99, some * wobble + extra.some), full: Math.min(0.97, full * wobble + extra.full) };
}

function extraPressure(timeline: Timeline, node: WorldNode, resource: Resource, ms: number, busy: boolean): Pressure {
  const { settings } = timeline.segmentAt(ms);
  switch (resource) {
    case 'cpu': {
      const over = hogThreads(settings, node, ms) + (busy ? 25 : 0) - 0.8 * hostCpu.threads;
      return { some: over <= 0 ? 0 : Math.min(0.9, over / 60), full: 0 };
    }
    case 'io': {
      if (!busy) return { some: 0, full: 0 };
      const lustre = factAt(settings, { fact: 'storage.lustre-slowdown', place: clusterPlace }, ms);
      const stale = factAt(settings, { fact: 'storage.mount', place: node.name, key: '/lustre' }, ms) === 'stale';
      const worst = Math.max(lustre, driveSlowdown(settings, node, ms));
      const waiting = stale ? 0.98 : Math.min(0.95, (worst - 1) / 25);
      return { some: waiting, full: 0.8 * waiting };
    }
    case 'memory': {
      const rate = swapRate(settings, node, ms);
      return { some: Math.min(0.9, rate / 900), full: Math.min(0.8, rate / 1_300) };
    }
  }
}

/** Microseconds of waiting since the boot; it grows by what was usual, and faster while a cause lasts. */
export function pressureTotalUs(timeline: Timeline, node: WorldNode, resource: Resource, ms: number): Pressure {
  const bootMs = bootMsOf(timeline.segmentAt(ms).settings, node, ms);
  const base = usual[resource];
  const facts = causes[resource];
  const sinceMs = Math.max(bootMs, timeline.world.historyFromMs);
  const spans = [node.name, clusterPlace].flatMap((place) =>
    facts.flatMap((fact) => factSpansAt(timeline, { fact, place }, sinceMs, ms)),
  );
  const more = spans.reduce(
    (sum, span) => {
      const fromMs = Math.max(span.fromMs, bootMs);
      const toMs = Math.min(span.toMs, ms);
      if (toMs <= fromMs) return sum;
      const busy = timeline.segmentAt(fromMs).busyNodes.has(node.name);
      const extra = extraPressure(timeline, node, resource, fromMs, busy);
      return { some: sum.some + extra.some * (toMs - fromMs), full: sum.full + extra.full * (toMs - fromMs) };
    },
    { some: 0, full: 0 },
  );
  const us = (share: number, extraMs: number) => Math.floor(1_000 * (share * (ms - bootMs) + extraMs));
  return { some: us(base.some, more.some), full: us(base.full, more.full) };
}

const causes = {
  cpu: ['host.cpu-hog-threads'],
  io: ['storage.lustre-slowdown', 'storage.mount', 'storage.nvme-slowdown'],
  memory: ['host.swap-mib-per-second'],
} as const;

import { median } from 'simple-statistics';
import { robustSigma } from '../metrics/robust-sigma.ts';

/** Something that happens at one moment on all nodes that tell of it. Plain JSON. */
export interface SharedMoment {
  readonly node: string;
  /** Names the event: the same on all nodes. */
  readonly event: string;
  /** As the node's own clock has it. */
  readonly atMs: number;
}

export interface ClockSkew {
  readonly node: string;
  /** By how much its clock is ahead of most others; negative where it is behind. */
  readonly aheadMs: number;
  /** Events that it shares with the node that it was compared with. */
  readonly pairs: number;
  /** Robust standard deviation of the differences. */
  readonly spreadMs: number;
}

// Fewer shared moments are chance; the median of five stands two that are wrong.
const pairsMin = 5;
// Log lines are stamped to the second, and NTP keeps clocks within milliseconds: less than a second is no skew.
const skewMsMin = 1_000;
// A difference that is told apart from its own scatter four times over.
const spreadShareMax = 0.25;
const spreadMsMin = 500;
// A clock that nobody sets drifts by minutes; more than that is a run that was started again, unless it is a time zone.
const driftMsMax = 10 * 60_000;
const zoneStepMs = 15 * 60_000;
const zoneMsMax = 14 * 60 * 60_000;
const zoneSlackMs = 60_000;

/**
 * Clocks that are not those of most nodes, from moments that are one on all of them: the median of the differences to
 * the node with the most shared moments, then from the middle of all nodes. Clocks that agree are left out.
 */
export function clockSkews(moments: Iterable<SharedMoment>): readonly ClockSkew[] {
  const nodes = firstOfEach(moments);
  const reference = [...nodes].toSorted(
    ([a, x], [b, y]) => sharedBy(nodes, y) - sharedBy(nodes, x) || (a < b ? -1 : 1),
  )[0];
  if (reference === undefined) return [];
  const [referenceNode, referenceEvents] = reference;
  const compared = [...nodes].flatMap(([node, events]) =>
    node === referenceNode ? [] : (compare(node, events, referenceEvents) ?? []),
  );
  if (compared.length === 0) return [];
  const own: ClockSkew = {
    node: referenceNode,
    aheadMs: 0,
    pairs: Math.max(...compared.map(({ pairs }) => pairs)),
    spreadMs: Math.min(...compared.map(({ spreadMs }) => spreadMs)),
  };
  const middleMs = middleOf([0, ...compared.map(({ aheadMs }) => aheadMs)]);
  return [own, ...compared]
    .map((skew) => ({ ...skew, aheadMs: Math.round(skew.aheadMs - middleMs) }))
    .filter(isSkew)
    .toSorted((a, b) => (a.node < b.node ? -1 : 1));
}

/** The same as a table by node, which comparisons take off. */
export function aheadByNode(skews: readonly ClockSkew[]): Readonly<Record<string, number>> {
  return Object.fromEntries(skews.map(({ node, aheadMs }) => [node, aheadMs]));
}

/** The time of the cluster for a thing that carries the time of its node. */
export function alignTimes<T extends { readonly node?: string; readonly atMs?: number; readonly lastMs?: number }>(
  thing: T,
  aheadMs: Readonly<Record<string, number>>,
): T {
  const ahead = thing.node === undefined ? undefined : aheadMs[thing.node];
  if (ahead === undefined) return thing;
  return {
    ...thing,
    ...(thing.atMs === undefined ? {} : { atMs: thing.atMs - ahead }),
    ...(thing.lastMs === undefined ? {} : { lastMs: thing.lastMs - ahead }),
  };
}

function firstOfEach(moments: Iterable<SharedMoment>): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const nodes = new Map<string, Map<string, number>>();
  for (const { node, event, atMs } of moments) {
    const events = nodes.get(node) ?? new Map<string, number>();
    nodes.set(node, events);
    const known = events.get(event);
    if (known === undefined || atMs < known) events.set(event, atMs);
  }
  return nodes;
}

function sharedBy(
  nodes: ReadonlyMap<string, ReadonlyMap<string, number>>,
  events: ReadonlyMap<string, number>,
): number {
  let shared = 0;
  for (const other of nodes.values())
    if (other !== events) for (const event of events.keys()) if (other.has(event)) shared += 1;
  return shared;
}

function compare(
  node: string,
  events: ReadonlyMap<string, number>,
  reference: ReadonlyMap<string, number>,
): ClockSkew | null {
  const differences = [...events].flatMap(([event, atMs]) => {
    const referenceMs = reference.get(event);
    return referenceMs === undefined ? [] : [atMs - referenceMs];
  });
  if (differences.length < pairsMin) return null;
  const spreadMs = robustSigma(differences);
  return { node, aheadMs: median(differences), pairs: differences.length, spreadMs };
}

/** The lower of the two in the middle: one that a node really has, so that most clocks stay as they are. */
function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

function isSkew({ aheadMs, spreadMs }: ClockSkew): boolean {
  const sizeMs = Math.abs(aheadMs);
  if (sizeMs < skewMsMin || spreadMs > Math.max(spreadMsMin, spreadShareMax * sizeMs)) return false;
  const fromZoneMs = Math.abs(sizeMs - zoneStepMs * Math.round(sizeMs / zoneStepMs));
  return sizeMs <= driftMsMax || (sizeMs <= zoneMsMax && fromZoneMs <= zoneSlackMs);
}

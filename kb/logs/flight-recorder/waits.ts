import type { Divergence } from './divergence.ts';
import { groupName, presenceAt, type GroupView, type Launch, type RankDump, type Transfer } from './group-views.ts';
import { callOf } from './op-rules.ts';
import { peerOf } from './transfers.ts';
import { ranksNamed } from './ranks.ts';
import type { FlightEntry } from './dump.ts';

/** The oldest work of a rank that is not complete. */
export interface Wait {
  /** One for all ranks that wait in the same collective. */
  readonly key: string;
  readonly group: GroupView;
  readonly what: string;
  readonly entry: FlightEntry;
  /** Ranks that are not there. */
  readonly waitsFor: readonly number[];
}

/** Ranks that wait for one another in a circle: nobody can go first. */
export interface Crossing {
  readonly ranks: readonly number[];
  readonly reason: string;
  readonly cites: { readonly dump: RankDump; readonly entry: FlightEntry };
  readonly groupKeys: readonly string[];
}

/** By rank; ranks without pending work are missing. */
export function oldestWaits(groups: readonly GroupView[]): ReadonlyMap<number, Wait> {
  const waits = new Map<number, Wait>();
  const missingIn = new Map<string, readonly number[]>();
  const offer = (rank: number, entry: FlightEntry, wait: () => Wait): void => {
    const known = waits.get(rank);
    if (known === undefined || entry.recordId < known.entry.recordId) waits.set(rank, wait());
  };
  for (const group of groups)
    for (const { rank, launches, transfers } of group.members.values()) {
      const launch = first(launches.values(), ({ state }) => state !== 'completed');
      if (launch !== undefined) offer(rank, launch.last, () => collectiveWait(group, launch, missingIn));
      const transfer = first(transfers, ({ state }) => state !== 'completed');
      if (transfer !== undefined) offer(rank, transfer.last, () => transferWait(group, transfer));
    }
  return waits;
}

function collectiveWait(group: GroupView, launch: Launch, missingIn: Map<string, readonly number[]>): Wait {
  const key = `${group.key}#${launch.seq}`;
  const waitsFor =
    missingIn.get(key) ??
    [...group.members.values()]
      .filter((member) => presenceAt(member, launch.seq).kind === 'not-entered')
      .map(({ rank }) => rank);
  missingIn.set(key, waitsFor);
  return {
    key,
    group,
    what: `${callOf(launch)} ${launch.seq} of group ${groupName(group)}`,
    entry: launch.last,
    waitsFor,
  };
}

function transferWait(group: GroupView, transfer: Transfer): Wait {
  const peer = peerOf(group, transfer);
  const { op, p2pSeq } = transfer.entry;
  const what = `${op} ${op === 'send' ? 'to' : 'from'} rank ${peer} (${p2pSeq}) in group ${groupName(group)}`;
  return {
    key: `${group.key}~${transfer.rank}:${p2pSeq}`,
    group,
    what,
    entry: transfer.entry,
    waitsFor: isAnswered(group, transfer, peer) ? [] : [peer],
  };
}

/** The other end has called its half too and waits in it. */
function isAnswered(group: GroupView, { entry }: Transfer, peer: number): boolean {
  const other = entry.op === 'send' ? 'recv' : 'send';
  const transfers = group.members.get(peer)?.transfers ?? [];
  return transfers.some(
    (one) =>
      one.state !== 'completed' && one.entry.op === other && one.entry.from === entry.from && one.entry.to === entry.to,
  );
}

/** Circles among the waits: each of its ranks is missed where another one waits. */
export function crossings(waits: ReadonlyMap<number, Wait>, dumps: ReadonlyMap<number, RankDump>): readonly Crossing[] {
  const ranksIn = new Map<string, number[]>();
  for (const [rank, { key }] of waits) {
    const known = ranksIn.get(key);
    if (known === undefined) ranksIn.set(key, [rank]);
    else known.push(rank);
  }
  const nodes = new Map([...waits.values()].map((wait) => [wait.key, wait]));
  const next = (key: string): ReadonlySet<string> =>
    new Set((nodes.get(key)?.waitsFor ?? []).flatMap((rank) => waits.get(rank)?.key ?? []));
  const found: Crossing[] = [];
  const told = new Set<string>();
  for (const start of [...nodes.keys()].slice(0, waitsFollowedMax)) {
    if (told.has(start)) continue;
    const circle = circleFrom(start, next);
    if (circle === null) continue;
    for (const key of circle) told.add(key);
    const steps = circle.flatMap((key) => nodes.get(key) ?? []);
    const ranks = steps.flatMap(({ key }) => ranksIn.get(key) ?? []);
    const wait = steps[0];
    const dump = dumps.get(ranks[0] ?? -1);
    if (wait === undefined || dump === undefined) continue;
    const parts = steps
      .slice(0, stepsShownMax)
      .map(({ key, what }) => `${ranksNamed(ranksIn.get(key) ?? [])} in ${what}`);
    found.push({
      ranks: ranks.toSorted((a, b) => a - b),
      reason: `Ranks wait for one another: ${parts.join('; ')}.`,
      cites: { dump, entry: wait.entry },
      groupKeys: steps.map(({ group }) => group.key),
    });
    if (found.length >= crossingsMax) break;
  }
  return found;
}

const waitsFollowedMax = 4_096;
const crossingsMax = 16;
const stepsShownMax = 6;

/** The way from a wait back to itself, shortest first. */
function circleFrom(start: string, next: (key: string) => ReadonlySet<string>): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let key = queue.shift(); key !== undefined; key = queue.shift())
    for (const to of next(key)) {
      if (to === start) {
        const path = [key];
        for (let back = cameFrom.get(key); back !== undefined; back = cameFrom.get(back)) path.unshift(back);
        return path.length > 1 ? path : null;
      }
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, key);
      queue.push(to);
    }
  return null;
}

/**
 * The group in which the ranks that one divergence misses wait themselves, so that it only follows; `null` where at
 * least one of them waits nowhere: with it the trouble begins.
 */
export function followedGroup(divergence: Divergence, waits: ReadonlyMap<number, Wait>): GroupView | null {
  if (divergence.kind !== 'rank-not-entered' && divergence.kind !== 'p2p-unmatched') return null;
  const elsewhere = divergence.ranks.map((rank) => waits.get(rank));
  const first = elsewhere[0];
  if (first === undefined || elsewhere.some((wait) => wait === undefined)) return null;
  const isSame = first.group.key === divergence.group.key && divergence.kind === 'rank-not-entered';
  return isSame ? null : first.group;
}

function first<T>(items: Iterable<T>, holds: (item: T) => boolean): T | undefined {
  for (const item of items) if (holds(item)) return item;
  return undefined;
}

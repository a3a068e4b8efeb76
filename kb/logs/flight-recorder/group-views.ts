import type { FlightDump, FlightEntry, FlightState } from './dump.ts';
import { ranksText } from './ranks.ts';

/** A dump whose rank is known; one a rank. */
export type RankDump = FlightDump & { readonly rank: number };

/** A process group as all dumps together show it. */
export interface GroupView {
  /** Name and ranks: groups that were split from one share its name. */
  readonly key: string;
  readonly name: string;
  readonly desc: string;
  /** Global ranks in the order of their group ranks. */
  readonly ranks: readonly number[];
  /** Nobody wrote who belongs to it: only ranks that were seen using it are known. */
  readonly isGuessed: boolean;
  /** Of the ranks whose dumps there are. */
  readonly members: ReadonlyMap<number, MemberView>;
}

/** What one rank did in one group. */
export interface MemberView {
  readonly rank: number;
  readonly dump: RankDump;
  /** Collectives by sequence number. */
  readonly launches: ReadonlyMap<number, Launch>;
  /** Sends and receives in the order of the program. */
  readonly transfers: readonly Transfer[];
  /** Collectives up to this one were entered; 0 for none, `null` where nothing tells. */
  readonly enteredTo: number | null;
}

/** What was launched as one: a single operation, or several that were coalesced. */
export interface Launch {
  readonly rank: number;
  readonly seq: number;
  readonly ops: readonly FlightEntry[];
  /** The entry that carries state and times. */
  readonly last: FlightEntry;
  readonly state: FlightState;
}

export interface Transfer {
  readonly rank: number;
  readonly entry: FlightEntry;
  readonly state: FlightState;
  /** The entry that carries state and times. */
  readonly last: FlightEntry;
}

export function groupViews(dumps: readonly RankDump[]): readonly GroupView[] {
  const groupOf = groupFinder(dumps);
  const views = new Map<string, { group: KnownGroup; members: Map<number, MemberView> }>();
  for (const dump of dumps) {
    const entriesOf = new Map<KnownGroup, FlightEntry[]>();
    for (const { name, desc } of dump.groups) entriesOf.set(groupOf(dump, name, desc), []);
    for (const entry of dump.entries) {
      const group = groupOf(dump, entry.group, entry.desc);
      const entries = entriesOf.get(group);
      if (entries === undefined) entriesOf.set(group, [entry]);
      else entries.push(entry);
    }
    for (const [group, entries] of entriesOf) {
      const view = views.get(group.key) ?? { group, members: new Map<number, MemberView>() };
      views.set(group.key, view);
      view.members.set(dump.rank, memberView(dump, entries));
    }
  }
  // A member that never used the group writes nothing about it: torch makes communicators when they are first needed.
  const dumpOf = new Map(dumps.map((dump) => [dump.rank, dump]));
  for (const { group, members } of views.values())
    for (const rank of group.ranks) {
      const dump = dumpOf.get(rank);
      if (dump !== undefined && !members.has(rank)) members.set(rank, memberView(dump, []));
    }
  return [...views.values()].map(({ group, members }) => ({
    ...group,
    ranks: group.isGuessed ? [...members.keys()].toSorted((a, b) => a - b) : group.ranks,
    members,
  }));
}

type KnownGroup = Omit<GroupView, 'members'>;

function groupFinder(dumps: readonly RankDump[]): (dump: RankDump, name: string, desc: string) => KnownGroup {
  const groups = new Map<string, KnownGroup>();
  const byName = new Map<string, Set<KnownGroup>>();
  const ofDump = new Map<RankDump, Map<string, KnownGroup>>();
  const known = (name: string, desc: string, ranks: readonly number[]): KnownGroup => {
    const isGuessed = ranks.length === 0;
    const key = isGuessed ? name : `${name}|${ranksText(ranks)}|${ranks.length}`;
    const group = groups.get(key) ?? { key, name, desc, ranks, isGuessed };
    groups.set(key, group);
    return group;
  };
  for (const dump of dumps) {
    const own = new Map<string, KnownGroup>();
    ofDump.set(dump, own);
    for (const { name, desc, ranks } of dump.groups) {
      if (ranks.length === 0) continue;
      const group = known(name, desc, ranks);
      own.set(name, group);
      byName.set(name, (byName.get(name) ?? new Set()).add(group));
    }
  }
  return (dump, name, desc) => {
    const own = ofDump.get(dump);
    const found =
      own?.get(name) ??
      [...(byName.get(name) ?? [])].find(({ ranks }) => ranks.includes(dump.rank)) ??
      known(name, desc, []);
    own?.set(name, found);
    return found;
  };
}

function memberView(dump: RankDump, entries: readonly FlightEntry[]): MemberView {
  const launches = new Map<number, Launch>();
  const transfers: Transfer[] = [];
  let isP2pSeen = false;
  for (let at = 0; at < entries.length;) {
    const batch = batchFrom(entries, at);
    at += batch.length;
    const last = batch.at(-1);
    if (last === undefined) break;
    if (batch.some(isTransfer) || last.isP2p) {
      isP2pSeen = true;
      for (const entry of batch)
        if (entry.from !== null) transfers.push({ rank: dump.rank, entry, state: last.state, last });
      continue;
    }
    const ops = batch.length > 1 && isEnd(last) ? batch.slice(0, -1) : batch;
    launches.set(last.seq, { rank: dump.rank, seq: last.seq, ops, last, state: last.state });
  }
  return {
    rank: dump.rank,
    dump,
    launches,
    transfers,
    enteredTo: enteredTo(dump, entries, launches, isP2pSeen),
  };
}

/** Entries of one coalesced launch stand together, with one sequence number, and end in one that carries the state. */
function batchFrom(entries: readonly FlightEntry[], at: number): readonly FlightEntry[] {
  const first = entries[at];
  if (first === undefined) return [];
  let end = at + 1;
  for (let next = entries[end]; next !== undefined && !isEnd(entries[end - 1] ?? first); next = entries[end]) {
    const together = isTransfer(first)
      ? next.p2pSeq === first.p2pSeq && (next.isP2p || isTransfer(next) || next.op === 'coalesced')
      : !next.isP2p && !isTransfer(next) && next.seq === first.seq;
    if (!together) break;
    end += 1;
  }
  return entries.slice(at, end);
}

function isTransfer({ from }: FlightEntry): boolean {
  return from !== null;
}

/** `coalesced`, and since version 2.7 `ALLGATHER_coalesced` and the like. */
export function isEnd({ op }: FlightEntry): boolean {
  return op === 'coalesced' || /^[A-Z_]+_coalesced$/.test(op);
}

/** The newest collective of a group that a rank has entered, by its entries or by its status. */
function enteredTo(
  dump: RankDump,
  entries: readonly FlightEntry[],
  launches: ReadonlyMap<number, Launch>,
  isP2pSeen: boolean,
): number | null {
  const newest = Math.max(0, ...[...launches.keys()].slice(-newestLookedAt));
  const pgId = entries.at(-1)?.pgId;
  const status = pgId === undefined ? undefined : dump.status.get(pgId);
  // The status counts sends and receives into the same field: then it says nothing of collectives.
  const told = status === undefined || isP2pSeen ? 0 : Math.max(0, status.enqueued);
  if (newest > 0 || told > 0) return Math.max(newest, told);
  return dump.isWhole ? 0 : null;
}

// Sequence numbers ascend; these are plenty, and spreading all would be a call with thousands of arguments.
const newestLookedAt = 64;

export type Presence =
  | { readonly kind: 'entered'; readonly launch: Launch }
  | { readonly kind: 'entered-before' }
  | { readonly kind: 'not-entered' }
  | { readonly kind: 'unknown' };

/** Whether a rank has entered a collective, as far as its dump can tell. */
export function presenceAt({ launches, enteredTo: newest }: MemberView, seq: number): Presence {
  const launch = launches.get(seq);
  if (launch !== undefined) return { kind: 'entered', launch };
  if (newest === null) return { kind: 'unknown' };
  // Entries leave the ring when they are old, and dumps of active work alone leave out what is complete.
  return seq <= newest ? { kind: 'entered-before' } : { kind: 'not-entered' };
}

/** `0 (default_pg)`. */
export function groupName({ name, desc }: Pick<GroupView, 'name' | 'desc'>): string {
  return desc === '' ? name : `${name} (${desc})`;
}

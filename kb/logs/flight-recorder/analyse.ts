import { clockOffsets, type ClockOffset } from './clocks.ts';
import { compareGroup } from './compare.ts';
import type { Divergence, Moments } from './divergence.ts';
import type { FlightDump, FlightEntry } from './dump.ts';
import { groupViews, type GroupView, type RankDump } from './group-views.ts';
import { ranksNamed } from './ranks.ts';
import { compareTransfers } from './transfers.ts';
import { crossings, followedGroup, oldestWaits, type Crossing, type Wait } from './waits.ts';

export interface FlightAnalysis {
  /** One dump a rank, in the order of ranks. */
  readonly dumps: readonly RankDump[];
  readonly groups: readonly GroupReport[];
  /** Members of any group of whom there is no dump. */
  readonly withoutDump: readonly number[];
  readonly crossings: readonly Crossing[];
  /** Where trouble begins as far as the dumps tell; `null` if nothing diverges. */
  readonly first: TracedDivergence | null;
  /** What ranks wait in, by rank. */
  readonly waits: ReadonlyMap<number, Wait>;
  readonly clocks: readonly ClockOffset[];
  /** What could not be used, and what to bear in mind, in words. */
  readonly notes: readonly string[];
}

export interface GroupReport {
  readonly view: GroupView;
  readonly divergences: readonly TracedDivergence[];
}

export interface TracedDivergence extends Divergence {
  /** Name of the group whose trouble keeps the missing ranks away; `null` where this one is no mere consequence. */
  readonly follows: string | null;
  /** What the one rank that is missing did last, in words; else empty. */
  readonly lastOfRank: string;
}

/**
 * Compares the dumps of all ranks: who did not come, who does something else, who waits for whom, and where it began.
 * Pure; linear in the entries.
 */
export function analyseFlight(given: readonly FlightDump[]): FlightAnalysis {
  const { dumps, notes } = oneOfEachRank(given);
  const views = groupViews(dumps);
  const clocks = clockOffsets(views);
  const waits = oldestWaits(views);
  const dumpOf = new Map(dumps.map((dump) => [dump.rank, dump]));
  const crossed = crossings(waits, dumpOf);
  const aheadMs = new Map(clocks.map(({ rank, aheadMs: ahead }) => [rank, ahead]));
  const moments: Moments = { latestMs: latestOf(dumps, aheadMs), aheadMs };
  const found = views.map((view): GroupReport => {
    const divergences = [...compareGroup(view, moments), ...compareTransfers(view, moments)];
    return { view, divergences: divergences.map((divergence) => traced(divergence, waits, dumpOf)) };
  });
  const first = firstOf(found.flatMap(({ divergences }) => divergences));
  const groups = found.map(({ view, divergences }) => ({
    view,
    divergences: divergences.map((one) => afterFirst(one, first)),
  }));
  const members = new Set(views.flatMap(({ ranks }) => ranks));
  return {
    dumps,
    groups: groups.toSorted((a, b) => b.view.ranks.length - a.view.ranks.length || (a.view.key < b.view.key ? -1 : 1)),
    withoutDump: [...members].filter((rank) => !dumpOf.has(rank)).toSorted((a, b) => a - b),
    crossings: crossed,
    first,
    waits,
    clocks,
    notes: [...notes, ...versionNotes(dumps)],
  };
}

/** Of two dumps of one rank the one that saw the later moment counts: the other is of an earlier attempt. */
function oneOfEachRank(given: readonly FlightDump[]): {
  readonly dumps: readonly RankDump[];
  readonly notes: readonly string[];
} {
  const kept = new Map<number, RankDump>();
  const notes: string[] = [];
  for (const dump of given) {
    const { rank } = dump;
    if (rank === null) {
      notes.push(`${dump.source}: left out, since neither content nor name tell its rank`);
      continue;
    }
    const known = kept.get(rank);
    const [newer, older] =
      known === undefined || latestMsOf(dump) > latestMsOf(known) ? [{ ...dump, rank }, known] : [known, dump];
    kept.set(rank, newer);
    if (older !== undefined)
      notes.push(`${older.source}: left out, since ${newer.source} is a later dump of rank ${rank}`);
  }
  return { dumps: [...kept.values()].toSorted((a, b) => a.rank - b.rank), notes };
}

function versionNotes(dumps: readonly RankDump[]): readonly string[] {
  const versions = Map.groupBy(dumps, ({ version }) => version);
  if (versions.size < 2) return [];
  const parts = [...versions]
    .slice(0, versionsShownMax)
    .map(([version, of]) => `${version || 'none'}: ${ranksNamed(of.map(({ rank }) => rank))}`);
  return [`dumps are of different versions of the format, so of different builds of torch (${parts.join('; ')})`];
}

const versionsShownMax = 4;

function traced(
  divergence: Divergence,
  waits: ReadonlyMap<number, Wait>,
  dumpOf: ReadonlyMap<number, RankDump>,
): TracedDivergence {
  const followed = followedGroup(divergence, waits);
  const [only, ...more] = divergence.ranks;
  const dump = isAbsence(divergence) && more.length === 0 && only !== undefined ? dumpOf.get(only) : undefined;
  return {
    ...divergence,
    follows: followed === null ? null : followed.desc || followed.name,
    lastOfRank: dump === undefined ? '' : lastText(dump, waits.get(dump.rank)),
  };
}

function lastText(dump: RankDump, wait: Wait | undefined): string {
  if (wait !== undefined) return `rank ${dump.rank} waits in ${wait.what}${frameText(wait.entry)}`;
  const last = dump.entries.at(-1);
  if (last === undefined) return `rank ${dump.rank} has recorded nothing`;
  return `rank ${dump.rank} last called ${last.op} ${last.isP2p ? last.p2pSeq : last.seq}${frameText(last)}, which is complete`;
}

function frameText({ frame }: FlightEntry): string {
  return frame === null ? '' : `, in ${frame}`;
}

/** A rank that stays away is missed in each of its groups: told once, where it was missed first. */
function afterFirst(divergence: TracedDivergence, first: TracedDivergence | null): TracedDivergence {
  if (
    first === null ||
    divergence === first ||
    divergence.follows !== null ||
    !isAbsence(divergence) ||
    !isAbsence(first)
  )
    return divergence;
  const isSame = divergence.ranks.every((rank) => first.ranks.includes(rank));
  return isSame ? { ...divergence, follows: first.group.desc || first.group.name } : divergence;
}

function isAbsence({ kind }: Divergence): boolean {
  return kind === 'rank-not-entered' || kind === 'p2p-unmatched';
}

/** What follows nothing comes first, what is surer before what is not, then what began earlier. */
function firstOf(divergences: readonly TracedDivergence[]): TracedDivergence | null {
  const since = ({ sinceMs }: TracedDivergence) => sinceMs ?? Number.MAX_VALUE;
  const own = divergences.filter(({ follows }) => follows === null);
  const candidates = own.length > 0 ? own : divergences;
  const [first] = candidates.toSorted(
    (a, b) => surenessOrder[a.sure] - surenessOrder[b.sure] || kindOrder(a) - kindOrder(b) || since(a) - since(b),
  );
  return first ?? null;
}

const surenessOrder = { sure: 0, likely: 0, possible: 1 } as const;

/** Differences explain waits, not the other way round. */
function kindOrder({ kind }: Divergence): number {
  return kind.endsWith('differ') || kind.endsWith('differs') ? 0 : 1;
}

function latestOf(dumps: readonly RankDump[], aheadMs: Moments['aheadMs']): number | null {
  const latest = dumps.reduce(
    (most, dump) => Math.max(most, latestMsOf(dump) - (aheadMs.get(dump.rank) ?? 0)),
    -Infinity,
  );
  return Number.isFinite(latest) ? latest : null;
}

function latestMsOf({ entries }: FlightDump): number {
  return entries.reduce(
    (most, { createdMs, startedMs, completedMs }) => Math.max(most, createdMs ?? 0, startedMs ?? 0, completedMs ?? 0),
    0,
  );
}

import type { Finding } from '../../../workflows/domain/finding.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { LogLine, Match } from '../../schemas/detector.ts';
import type { FollowedSource, ScanContext, SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn, progressKinds } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

// What keeps a rank from starting, at a weight that a line about it would have several times over: that a rank is not
// there is seen in all of them.
const ofAbsence: FindingKind['weighs'] = {
  'launcher-rank-misconfig': 0.6,
  'rendezvous-resolution': 0.5,
  'host-hardware-fault': 0.4,
  'firewall-blocked': 0.3,
  'long-rank0-work-timeout': 0.3,
  'socket-interface-mismatch': 0.2,
};

/** Ranks that belong to the job and were not seen: they never wrote, never joined, or never made a step. */
export const missingRanks: SequenceDetector<Presence> = {
  id: 'missing-ranks',
  kinds: [
    {
      id: 'job.ranks.missing',
      summary: 'ranks that belong to the job wrote nothing, while nearly all others did',
      role: 'symptom',
      weighs: ofAbsence,
      source: 'https://docs.pytorch.org/docs/stable/elastic/run.html (WORLD_SIZE ranks, one process each)',
    },
    {
      id: 'job.ranks.not-joined',
      summary: 'some ranks came to the rendezvous or communicator and waited there for others',
      role: 'symptom',
      weighs: ofAbsence,
      source: 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc (Init START and Init COMPLETE)',
    },
    {
      id: 'job.rank.never-stepped',
      summary: 'a rank joined the job and told of no step, while nearly all others did',
      role: 'symptom',
      weighs: { 'dataloader-stall': 0.4, 'shared-fs-problem': 0.4, 'long-rank0-work-timeout': 0.4, 'host-oom': 0.3 },
      source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/training.py',
    },
  ],
  listens: ['job.world.announced', 'job.ranks.waited-for', 'nccl.comm.init', ...progressKinds],
  follow() {
    let announced: Announced | null = null;
    let waiting: Waiting | null = null;
    const comms = new Map<string, Member>();
    const stepped = new Set<number>();
    return {
      note(line, match) {
        if (match.kind === 'job.world.announced') {
          const world = numberIn(match.values, 'world') ?? 0;
          if (announced === null || world > announced.world) announced = { world, place: placeOfLine(line) };
          // A barrier that is passed is waited for no more.
          if (line.text.includes('Completed store-based barrier')) waiting = null;
        } else if (match.kind === 'job.ranks.waited-for') waiting = waitingOf(line, match) ?? waiting;
        else if (match.kind === 'nccl.comm.init') join(comms, line, match);
        else {
          waiting = null;
          if (line.rank !== undefined && stepped.size < membersMax) stepped.add(line.rank);
        }
      },
      summary: () =>
        announced === null && waiting === null && comms.size === 0 && stepped.size === 0
          ? null
          : { announced, waiting, comms: [...comms.values()], stepped: [...stepped] },
    };
  },
  conclude(sources, context) {
    return [...neverWrote(sources, context), ...notJoined(sources), ...neverStepped(sources, context)];
  },
};

interface Presence {
  readonly announced: Announced | null;
  readonly waiting: Waiting | null;
  readonly comms: readonly Member[];
  /** Ranks that told of a step. */
  readonly stepped: readonly number[];
}

interface Announced {
  readonly world: number;
  readonly place: LinePlace;
}

/** The last word of a rendezvous that is still incomplete. */
interface Waiting {
  readonly joined: number;
  readonly world: number;
  readonly place: LinePlace;
}

/** One rank of one communicator. */
interface Member {
  readonly commId: string;
  readonly commRank: number;
  readonly nranks: number;
  complete: boolean;
  readonly rank?: number;
  readonly place: LinePlace;
}

// Members of all communicators that one source tells of.
const membersMax = 4_096;

function waitingOf(line: LogLine, { values }: Match): Waiting | null {
  const joined = numberIn(values, 'joined') ?? numberIn(values, 'workers');
  const world = numberIn(values, 'world') ?? numberIn(values, 'worldSize');
  return joined === undefined || world === undefined || joined >= world
    ? null
    : { joined, world, place: placeOfLine(line, { joined, world }) };
}

/** Without an id of the communicator its ranks cannot be told from those of another: nothing is concluded. */
function join(comms: Map<string, Member>, line: LogLine, { values }: Match): void {
  const commId = values?.['commId'];
  const commRank = numberIn(values, 'commRank');
  const nranks = numberIn(values, 'nranks');
  if (commId === undefined || commRank === undefined || nranks === undefined) return;
  const key = `${commId}|${commRank}`;
  const complete = values?.['state'] === 'COMPLETE';
  const known = comms.get(key);
  if (known !== undefined) known.complete ||= complete;
  else if (comms.size < membersMax) {
    const rank = line.rank === undefined ? {} : { rank: line.rank };
    comms.set(key, {
      commId: String(commId),
      commRank,
      nranks,
      complete,
      ...rank,
      place: placeOfLine(line, { nranks }),
    });
  }
}

// Where fewer write than that, most ranks are silent by design (only the first or the last rank prints), or only some
// of the logs are here.
const presentShareMin = 0.75;
const presentMin = 3;
const missingNamedMax = 16;

function nearlyAll(present: number, of: number): boolean {
  return present < of && present >= presentMin && present >= presentShareMin * of;
}

/** A file per rank is needed: whether a rank wrote a line that nobody knows, one file for all does not tell. */
function neverWrote(sources: readonly FollowedSource<Presence>[], context: ScanContext): readonly Finding[] {
  const wrote = ranksOfFiles(context);
  const largest = sources
    .flatMap(({ summary: { announced, comms } }) => [
      ...(announced === null ? [] : [announced]),
      ...comms.map(({ nranks, place }) => ({ world: nranks, place })),
    ])
    .toSorted((a, b) => b.world - a.world)[0];
  if (wrote === null || largest === undefined || !nearlyAll(wrote.size, largest.world)) return [];
  const missing = missingFrom(wrote, largest.world);
  return [absence('job.ranks.missing', largest.place, missing, { world: largest.world, wrote: wrote.size })];
}

/** Ranks that have a file of their own; null where the numbers repeat, since they count within their nodes then. */
function ranksOfFiles({ sources }: ScanContext): ReadonlySet<number> | null {
  const nodeOf = new Map<number, string | undefined>();
  for (const { rank, node, lines } of sources) {
    if (rank === undefined || lines === 0) continue;
    if (nodeOf.has(rank) && nodeOf.get(rank) !== node) return null;
    nodeOf.set(rank, node);
  }
  return new Set(nodeOf.keys());
}

function missingFrom(present: ReadonlySet<number>, world: number): readonly number[] {
  return Array.from({ length: world }, (_, rank) => rank).filter((rank) => !present.has(rank));
}

function absence(
  kind: string,
  place: LinePlace,
  missing: readonly number[],
  values: Readonly<Record<string, number>>,
): Finding {
  const { rank: _rank, node: _node, ...cited } = place;
  const [only] = missing;
  return sequenceFinding(kind, 'symptom', {
    ...cited,
    ...(missing.length === 1 && only !== undefined ? { rank: only } : {}),
    values: { ...values, missing: missing.slice(0, missingNamedMax).join(', ') },
  });
}

function notJoined(sources: readonly FollowedSource<Presence>[]): readonly Finding[] {
  const anyStep = sources.some(({ summary }) => summary.stepped.length > 0);
  const waiting = anyStep ? [] : sources.flatMap(({ summary }) => summary.waiting ?? []);
  const fullest = waiting.toSorted((a, b) => b.joined - a.joined)[0];
  if (fullest !== undefined) return [sequenceFinding('job.ranks.not-joined', 'symptom', fullest.place)];
  const members = sources.flatMap(({ summary }) => summary.comms);
  for (const ofComm of Map.groupBy(members, ({ commId }) => commId).values()) {
    const first = ofComm[0];
    const there = new Set(ofComm.map(({ commRank }) => commRank));
    // Where one is complete, all have been there, and it is their logs that are not here.
    if (first === undefined || ofComm.some(({ complete }) => complete)) continue;
    if (!nearlyAll(there.size, first.nranks)) continue;
    const missing = missingFrom(there, first.nranks);
    return [absence('job.ranks.not-joined', first.place, missing, { world: first.nranks, joined: there.size })];
  }
  return [];
}

const neverSteppedMax = 4;

function neverStepped(sources: readonly FollowedSource<Presence>[], context: ScanContext): readonly Finding[] {
  const stepped = new Set(sources.flatMap(({ summary }) => summary.stepped));
  const joined = new Map<number, LinePlace>();
  for (const { summary } of sources)
    for (const { rank, complete, place } of summary.comms)
      if (rank !== undefined && complete && !joined.has(rank)) joined.set(rank, place);
  for (const { rank, node, evidenceId, source, last } of context.sources)
    if (rank !== undefined && last !== undefined && !joined.has(rank)) {
      const { line, byteStart, byteEnd, text } = last;
      const range = { evidenceId, source, line, byteStart, byteEnd };
      joined.set(rank, { range, rank, ...(node === undefined ? {} : { node }), text });
    }
  const all = new Set([...joined.keys(), ...stepped]);
  if (!nearlyAll(stepped.size, all.size)) return [];
  const never = [...joined].filter(([rank]) => !stepped.has(rank));
  return never
    .slice(0, neverSteppedMax)
    .map(([, place]) =>
      sequenceFinding('job.rank.never-stepped', 'symptom', { ...place, values: { stepped: stepped.size } }),
    );
}

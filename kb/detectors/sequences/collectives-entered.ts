import { median } from 'simple-statistics';
import type { Finding } from '../../../workflows/domain/finding.ts';
import type { ScanContext, SequenceDetector } from '../../schemas/sequence-detector.ts';
import {
  namingKinds,
  positionKinds,
  positionOf,
  ranksNamedBehind,
  type GroupPosition,
} from './collective-positions.ts';
import { followComms, operationsMax, type CommPosition, type Operation } from './nccl-operations.ts';
import { withoutUndefined } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Collectives that fewer ranks entered than should: which rank is behind and holds the others up. */
export const collectivesEntered: SequenceDetector<Entered> = {
  id: 'collectives-entered',
  kinds: [
    {
      id: 'collective.rank.behind',
      summary: 'a rank has entered fewer collectives than the others, which wait for it',
      role: 'symptom',
      // Why it is behind stays open: its control flow, its data, its file system, or work of its own. The weights are
      // those of `torch.nccl.ranks-left-behind`, halved, since the same lines are often read by both.
      weighs: {
        'collective-mismatch': 0.6,
        'uneven-data': 0.5,
        'long-rank0-work-timeout': 0.5,
        'dataloader-stall': 0.4,
        'shared-fs-problem': 0.2,
        'user-code-error': 0.2,
      },
      source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/TraceUtils.h',
    },
    {
      id: 'nccl.collective.ranks-differ',
      summary: 'ranks of one communicator entered different collectives under the same number',
      role: 'cause',
      // As `torch.collective.ranks-differ`, which says the same from torch's side.
      weighs: {
        'collective-mismatch': 5.2,
        'uneven-data': 1.2,
        'framework-bug': 0.8,
        'user-code-error': 0.8,
        'long-rank0-work-timeout': -2,
      },
      source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/usage/collectives.html',
    },
  ],
  listens: ['nccl.comm.init', 'nccl.collective.entered', ...namingKinds, ...positionKinds],
  follow() {
    const comms = followComms();
    const named = new Map<number, Named>();
    const positions = new Map<string, Position>();
    return {
      note(line, match) {
        if (match.kind.startsWith('nccl.')) return comms.note(line, match);
        for (const rank of ranksNamedBehind(line, match))
          if (!named.has(rank) && named.size < ranksMax) named.set(rank, { rank, place: placeOfLine(line) });
        const position = positionKinds.includes(match.kind) ? positionOf(line, match) : null;
        if (position === null || positions.size >= ranksMax) return;
        // The first time-out of a rank tells where it stood.
        const key = `${position.group}|${position.rank}`;
        if (!positions.has(key)) positions.set(key, { ...position, place: placeOfLine(line) });
      },
      summary() {
        const entered = { comms: comms.positions(), named: [...named.values()], positions: [...positions.values()] };
        return Object.values(entered).every(({ length }) => length === 0) ? null : entered;
      },
    };
  },
  conclude(sources, context) {
    const summaries = sources.map(({ summary }) => summary);
    const differ = differing(summaries.flatMap(({ comms }) => comms));
    const behind = firstTold([
      behindByName(summaries.flatMap(({ named }) => named)),
      behindInGroup(summaries.flatMap(({ positions }) => positions)),
      behindInComm(
        summaries.flatMap(({ comms }) => comms),
        context,
      ),
    ]);
    return [...differ, ...behind];
  },
};

interface Entered {
  readonly comms: readonly CommPosition[];
  readonly named: readonly Named[];
  readonly positions: readonly Position[];
}

interface Named {
  readonly rank: number;
  readonly place: LinePlace;
}

type Position = GroupPosition & { readonly place: LinePlace };

// Ranks (and process groups) of one source that are remembered.
const ranksMax = 4_096;
// More places than that tell nothing about where (see `tellingPlacesMax` in kb/reasoning/observations.ts).
const behindMax = 3;
// With two others that agree, the one that differs is the odd one.
const comparedMin = 3;
// Ranks enqueue collectives ahead of the GPU; a rank that has written none for a minute, while others have, stands.
const standsMsMin = 60_000;

function firstTold(lists: readonly (readonly Finding[])[]): readonly Finding[] {
  return lists.find(({ length }) => length > 0) ?? [];
}

/** What torch itself says comes first: it knows more than the comparison of lines. */
function behindByName(named: readonly Named[]): readonly Finding[] {
  const byRank = [...Map.groupBy(named, ({ rank }) => rank)];
  if (byRank.length > behindMax) return [];
  return byRank
    .toSorted(([, a], [, b]) => b.length - a.length)
    .flatMap(([rank, told]) => {
      const [first] = told;
      if (first === undefined) return [];
      // The line is another rank's, so its node is not that of the rank it names.
      const { node: _node, ...place } = first.place;
      return [sequenceFinding('collective.rank.behind', 'symptom', { ...place, rank }, told.length, String(rank))];
    });
}

function behindInGroup(positions: readonly Position[]): readonly Finding[] {
  for (const group of Map.groupBy(positions, ({ group: name }) => name).values()) {
    const usual = median(group.map(({ sequence }) => sequence));
    const behind = group.filter(({ sequence }) => sequence < usual);
    if (group.length < comparedMin || behind.length === 0 || behind.length > behindMax) continue;
    return behind
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ place, rank, sequence }) =>
        sequenceFinding('collective.rank.behind', 'symptom', { ...place, rank, values: { sequence, othersAt: usual } }),
      );
  }
  return [];
}

/** One communicator has one id on all its ranks; NCCL before 2.18 prints none, and its ranks cannot be put together. */
function byComm(comms: readonly CommPosition[]): readonly (readonly CommPosition[])[] {
  const known = comms.filter(({ commId }) => commId !== undefined);
  return [...Map.groupBy(known, ({ commId }) => commId).values()].filter((group) => group.length >= comparedMin);
}

function behindInComm(comms: readonly CommPosition[], { clockAheadMs = {} }: ScanContext): readonly Finding[] {
  const lastMsOf = ({ lastMs, place }: CommPosition): number =>
    (lastMs ?? Number.NaN) - (place?.node === undefined ? 0 : (clockAheadMs[place.node] ?? 0));
  for (const group of byComm(comms)) {
    const usual = median(group.map((comm) => lastOf(comm).count));
    const latestMs = Math.max(...group.map(lastMsOf));
    const behind = group.filter(
      (comm) => lastOf(comm).count < usual && latestMs - lastMsOf(comm) >= standsMsMin && comm.place !== undefined,
    );
    if (behind.length === 0 || behind.length > behindMax) continue;
    return behind
      .toSorted((a, b) => lastOf(a).count - lastOf(b).count)
      .flatMap((comm) => {
        if (comm.place === undefined) return [];
        const values = withoutUndefined({ opCount: lastOf(comm).count, othersAt: usual, commRank: comm.commRank });
        return [sequenceFinding('collective.rank.behind', 'symptom', { ...comm.place, values })];
      });
  }
  return [];
}

const none: Operation = { count: -1, op: '', elements: 0, datatype: 0 };

function lastOf({ operations }: CommPosition): Operation {
  return operations.at(-1) ?? none;
}

/** The first number under which two ranks entered different collectives; sizes are the same on all ranks in these. */
function differing(comms: readonly CommPosition[]): readonly Finding[] {
  for (const group of byComm(comms)) {
    const seen = new Map<number, Operation>();
    for (const comm of group)
      for (const [count, operation] of firstOfEach(comm)) {
        const other = seen.get(count);
        if (other === undefined) seen.set(count, operation);
        else if (!isSame(other, operation) && comm.place !== undefined) {
          const values = { opCount: count, op: operation.op, otherOp: other.op };
          return [sequenceFinding('nccl.collective.ranks-differ', 'cause', { ...comm.place, values })];
        }
      }
  }
  return [];
}

/** Collectives of one group call share a number; the first of them stands for it. The oldest may have lost its first. */
function firstOfEach({ operations }: CommPosition): ReadonlyMap<number, Operation> {
  const firsts = new Map<number, Operation>();
  for (const operation of operations) if (!firsts.has(operation.count)) firsts.set(operation.count, operation);
  const oldest = operations[0];
  if (oldest !== undefined && operations.length >= operationsMax) firsts.delete(oldest.count);
  return firsts;
}

function isSame(a: Operation, b: Operation): boolean {
  return a.op === b.op && a.elements === b.elements && a.datatype === b.datatype;
}

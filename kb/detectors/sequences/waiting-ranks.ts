import { excerpt } from '../../logs/excerpt.ts';
import type { LogLine, Match } from '../../schemas/detector.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** What the watchdogs of several ranks report of one moment: different collectives, or different sequence numbers. */
export const waitingRanks: SequenceDetector<readonly Wait[]> = {
  id: 'waiting-ranks',
  kinds: [
    {
      id: 'torch.collective.ranks-differ',
      summary: 'ranks wait in different collectives, or in one with different sizes, at the same sequence number',
      role: 'cause',
      // Who works long on its own is in no collective at all.
      weighs: {
        'collective-mismatch': 5.2,
        'uneven-data': 1.2,
        'framework-bug': 0.8,
        'user-code-error': 0.8,
        'long-rank0-work-timeout': -2,
      },
      source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
    },
    {
      id: 'torch.collective.ranks-apart',
      summary: 'ranks of one process group wait at different sequence numbers',
      role: 'cause',
      weighs: { 'collective-mismatch': 1.8, 'uneven-data': 1, 'long-rank0-work-timeout': 0.5, 'user-code-error': 0.3 },
      source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
    },
  ],
  listens: ['torch.nccl.watchdog-timeout'],
  follow() {
    const waits = new Map<string, Wait>();
    return {
      note(line, match) {
        // The first time-out of a rank tells where it stood.
        const key = `${match.values?.['pg'] ?? noGroup}|${match.rank ?? line.rank ?? ''}`;
        if (waits.size >= waitsMax || waits.has(key)) return;
        const wait = waitOf(line, match);
        if (wait !== null) waits.set(key, wait);
      },
      summary: () => (waits.size === 0 ? null : [...waits.values()]),
    };
  },
  conclude(sources) {
    const firstOfRank = new Map<string, Wait>();
    for (const wait of sources.flatMap(({ summary }) => summary)) {
      const key = `${wait.group}|${wait.rank}`;
      if (!firstOfRank.has(key)) firstOfRank.set(key, wait);
    }
    for (const group of Map.groupBy(firstOfRank.values(), (wait) => wait.group).values()) {
      const kindAndWait = compare(group);
      if (kindAndWait !== null) return [sequenceFinding(kindAndWait.kind, 'cause', kindAndWait.wait.place)];
    }
    return [];
  },
};

interface Wait {
  readonly place: LinePlace;
  readonly rank: number;
  readonly group: string;
  readonly values: Readonly<Record<string, number | string>>;
}

/** Before torch 2.2 the line names no group: ranks may wait in different ones (tensor, pipeline, data). */
const noGroup = '';
// Our judgement: groups that are not the same have not both come to one number as high as this, and to different collectives.
const tellingSequenceMin = 1_000;

// One entry a rank and process group of a source; larger jobs are compared on the first ones.
const waitsMax = 4_096;

function waitOf(line: LogLine, match: Match): Wait | null {
  const rank = match.rank ?? line.rank;
  if (rank === undefined || match.values === undefined) return null;
  const group = match.values['pg'] ?? noGroup;
  const place = placeOfLine({ ...line, rank, text: excerpt(line.text) }, match.values);
  return { place, rank, group: String(group), values: match.values };
}

function compare(group: readonly Wait[]): { readonly kind: string; readonly wait: Wait } | null {
  const first = group[0];
  if (first === undefined) return null;
  const isTold = first.group !== noGroup;
  if (!isTold && !(Number(first.values['seq']) >= tellingSequenceMin)) return null;
  const differs = group
    .filter(({ values }) => values['seq'] === first.values['seq'])
    .find(({ values }) => ['op', 'numelIn', 'numelOut'].some((name) => values[name] !== first.values[name]));
  if (differs !== undefined && isSymmetric(first)) return { kind: 'torch.collective.ranks-differ', wait: differs };
  const apart = group.find(({ values }) => values['seq'] !== first.values['seq']);
  return apart === undefined || !isTold ? null : { kind: 'torch.collective.ranks-apart', wait: apart };
}

/** Sizes of these differ between ranks by design. */
function isSymmetric({ values }: Wait): boolean {
  return !/^(?:SEND|RECV|SCATTER|GATHER|ALLTOALL|ALLTOALL_BASE|COALESCED)$/.test(String(values['op']));
}

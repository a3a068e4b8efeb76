import type { LogLine, Match } from '../../schemas/detector.ts';
import { numberIn } from './progress-track.ts';

/** A rank that a line says is behind, by what it says of others; the speaker may be any rank. */
export function ranksNamedBehind({ text }: Pick<LogLine, 'text'>, { kind, values }: Match): readonly number[] {
  switch (kind) {
    case 'torch.nccl.ranks-never-joined':
      return numbersIn(String(values?.['lagging'] ?? ''));
    // `[3] finished collective #12, but didn't join #13`; those that `joined but didn't finish` are the ones that wait.
    case 'torch.nccl.ranks-left-behind':
      return values?.['seq'] === undefined ? [] : numbersIn(String(values['lagging'] ?? ''));
    case 'torch.monitored-barrier.failed':
      return numbersIn(/Ranks? ([\d, ]{1,200}) failed to pass monitoredBarrier/.exec(text)?.[1] ?? '');
    case 'torch.monitored-barrier.told-elsewhere':
      return numbersIn(/while waiting for send\/recv from rank (\d{1,6})/.exec(text)?.[1] ?? '');
    case 'torch.store.barrier-missing-ranks':
      return numbersIn(/missing_ranks=\[?([\d, ]{1,100})/.exec(text)?.[1] ?? '');
    case 'torch.store.first-collective-awaited':
      return numbersIn(/ncclUniqueId from \[(\d{1,6})\]/.exec(text)?.[1] ?? '');
    case 'torch.collective.mismatch':
      return lowerOfTwo(text);
    default:
      return [];
  }
}

/** Kinds of lines that name a rank which others wait for. */
export const namingKinds: readonly string[] = [
  'torch.nccl.ranks-never-joined',
  'torch.nccl.ranks-left-behind',
  'torch.monitored-barrier.failed',
  'torch.monitored-barrier.told-elsewhere',
  'torch.store.barrier-missing-ranks',
  'torch.store.first-collective-awaited',
  'torch.collective.mismatch',
];

const namedMax = 64;

function numbersIn(list: string): readonly number[] {
  return (list.match(/\d{1,6}/g) ?? []).slice(0, namedMax).map(Number);
}

/** `Rank 0 is running collective: CollectiveFingerPrint(SequenceNumber=21, …), but Rank 1 … SequenceNumber=20`. */
function lowerOfTwo(text: string): readonly number[] {
  const [first, second] = [
    ...text.matchAll(/Rank (\d{1,6}) is running collective: CollectiveFingerPrint\(SequenceNumber=(\d{1,12})/g),
  ].map(([, rank, sequence]) => ({ rank: Number(rank), sequence: Number(sequence) }));
  if (first === undefined || second === undefined || first.sequence === second.sequence) return [];
  return [first.sequence < second.sequence ? first.rank : second.rank];
}

/** How far a watchdog's line says that its rank has come in its process group. */
export interface GroupPosition {
  readonly rank: number;
  readonly group: string;
  readonly sequence: number;
}

/** `null` without a group: positions in different groups (tensor, pipeline, data) are not comparable. */
export function positionOf(line: LogLine, { kind, rank: told, values }: Match): GroupPosition | null {
  const rank = told ?? line.rank;
  const sequence = kind === 'torch.nccl.work-position' ? numberIn(values, 'enqueued') : numberIn(values, 'seq');
  const group = values?.['pg'] ?? groupPattern.exec(line.text)?.[1];
  if (rank === undefined || sequence === undefined || group === undefined || sequence < 0) return null;
  return { rank, group: `${String(group)}|${kind}`, sequence };
}

// [PG ID 2 PG GUID 9(tp) Rank 2] … · [PG 0 (default_pg) Rank 2] …
const groupPattern = /\[PG (?:ID \S{1,40} PG GUID )?([\w.]{1,40})\s?(?:\([^)]{0,60}\))? Rank \d/;

export const positionKinds: readonly string[] = ['torch.nccl.watchdog-timeout', 'torch.nccl.work-position'];

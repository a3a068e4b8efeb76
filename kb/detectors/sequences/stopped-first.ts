import { median } from 'simple-statistics';
import type { Finding } from '../../../workflows/domain/finding.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import { intervalMsOf, type ProgressTrack } from './progress-track.ts';
import { sequenceFinding } from './sequence-finding.ts';

export const stoppedFirstKinds: readonly FindingKind[] = [
  {
    id: 'job.rank.stopped-first',
    summary: 'the steps of a rank or node ended whole steps before those of the others',
    role: 'symptom',
    // It says where to look and hardly why: what ends or holds up one rank alone, at less than a third of the weight
    // that a line about the cause itself has.
    weighs: {
      'gpu-fell-off-bus': 0.4,
      'gpu-ecc-uncorrectable': 0.3,
      'host-oom': 0.4,
      'host-hardware-fault': 0.3,
      'dataloader-stall': 0.3,
      'uneven-data': 0.3,
      'user-code-error': 0.2,
      'gpu-driver-bug': 0.2,
    },
    source:
      'https://www.usenix.org/conference/nsdi24/presentation/jiang-ziheng (MegaScale: the rank that stopped first)',
  },
];

// With three others that agree, the one that differs is the odd one; with fewer nobody knows which side is late.
const writersMin = 4;
// Ranks of one job write within a step of each other; a second whole interval is more than a buffer that waits.
const intervalsBehindMin = 2;
// More than a quarter of all is no outlier but another way of counting, or another job.
const shareMax = 0.25;
const findingsMax = 8;

/** Ranks whose steps end before those of most others. Says nothing where only a few ranks tell of steps. */
export function ranksThatStoppedFirst(tracks: readonly ProgressTrack[]): readonly Finding[] {
  const writers = tracks.filter(hasStep).filter(({ count }) => count > 1);
  if (writers.length < writersMin || writers.some(({ ended }) => ended)) return [];
  const stepOfMost = median(writers.map(({ step }) => step));
  const stride = Math.max(1, median(writers.map(strideOf)));
  const late = writers.filter(
    (track) => stepOfMost - track.step >= intervalsBehindMin * stride && isOver(track, writers),
  );
  if (late.length === 0 || late.length > writers.length * shareMax) return [];
  const values = { othersAt: stepOfMost, ranksCompared: writers.length };
  return placesOf(late, writers)
    .toSorted((a, b) => a.track.step - b.track.step)
    .slice(0, findingsMax)
    .map(({ track, whole }) => {
      const { rank: _rank, ...ofNode } = track.last;
      const place = { ...(whole > 1 ? ofNode : track.last), values: { ...values, step: track.step } };
      return sequenceFinding('job.rank.stopped-first', 'symptom', place, whole);
    });
}

type Stepping = ProgressTrack & { readonly step: number };

function hasStep(track: ProgressTrack): track is Stepping {
  return track.step !== undefined;
}

function strideOf({ step, stepBefore }: Stepping): number {
  return stepBefore === undefined ? 1 : step - stepBefore;
}

/** Where times are known: the last line is older than those of the others by what they take for it. */
function isOver(track: Stepping, writers: readonly Stepping[]): boolean {
  const lasts = writers.flatMap(({ lastMs }) => (lastMs === undefined ? [] : [lastMs]));
  if (track.lastMs === undefined || lasts.length < writersMin) return true;
  const intervals = writers.map(intervalMsOf).filter((intervalMs) => intervalMs !== null);
  const usualMs = intervals.length === 0 ? 0 : median(intervals);
  return median(lasts) - track.lastMs >= intervalsBehindMin * usualMs;
}

/** A node all of whose ranks stopped is one place. */
function placesOf(
  late: readonly Stepping[],
  writers: readonly Stepping[],
): readonly { readonly track: Stepping; readonly whole: number }[] {
  return [...Map.groupBy(late, ({ node }) => node)].flatMap(([node, ofNode]) => {
    const first = ofNode.toSorted((a, b) => a.step - b.step)[0];
    const all = writers.filter((writer) => writer.node === node).length;
    return node !== undefined && first !== undefined && ofNode.length > 1 && ofNode.length === all
      ? [{ track: first, whole: all }]
      : ofNode.map((track) => ({ track, whole: 1 }));
  });
}

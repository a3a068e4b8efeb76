import type { Finding } from '../../../workflows/domain/finding.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { ScanContext, SourceFacts } from '../../schemas/sequence-detector.ts';
import { intervalMsOf, withoutUndefined, type ProgressTrack } from './progress-track.ts';
import { sequenceFinding } from './sequence-finding.ts';

// Who ends a job: shares of the interruptions of Llama 3's pre-training (arXiv:2407.21783, table 5), flattened and
// halved against `performance.job.stopped`, since a log may also be late.
const ofSilence: FindingKind['weighs'] = {
  'gpu-fell-off-bus': 0.3,
  'gpu-ecc-uncorrectable': 0.3,
  'host-oom': 0.3,
  'host-hardware-fault': 0.3,
  'shared-fs-problem': 0.2,
  'gpu-driver-bug': 0.2,
  'scheduler-action': 0.2,
};
const source = 'https://arxiv.org/abs/2407.21783 (table 5)';

export const silenceKinds: readonly FindingKind[] = [
  {
    id: 'log.source.silent',
    summary: 'a rank that told of steps at a rhythm fell silent while others went on writing',
    role: 'symptom',
    weighs: ofSilence,
    source,
  },
  {
    id: 'job.steps.silent',
    summary: 'no rank tells of steps any more, although the logs have been shipped',
    role: 'symptom',
    weighs: ofSilence,
    source,
  },
  {
    id: 'log.stops-mid-run',
    summary: 'the log of the job stops between two steps, without a word about an end',
    role: 'context',
    weighs: {},
    source: 'https://docs.pytorch.org/docs/stable/elastic/errors.html (a process that is killed writes nothing)',
  },
];

// Ten intervals without a line, as in kb/reasoning/at-work.ts; an evaluation or a checkpoint may take minutes
// (ml-engineering), and what a pause took once it may take twice.
const silentIntervalsMax = 10;
const pausesMax = 2;
const silentMsMax = 10 * 60_000;
// Where others go on writing, what a pause takes is seen from them: a watchdog of ten minutes has to count.
const silentBesideOthersMsMax = 5 * 60_000;
const findingsMax = 8;
// Fewer steps than this are an excerpt that somebody cut out (in the threads of our sources a screen or less), not the
// log of a run.
const runStepsMin = 50;

/** Sources that were alive and write no more. Silence counts up to the shipping lag only. */
export function silences(tracks: readonly ProgressTrack[], context: ScanContext): readonly Finding[] {
  if (tracks.some(({ ended }) => ended)) return [];
  const alive = tracks.filter((track) => track.count > 0 && !isThrough(track));
  const { shippedUntilMs } = context;
  const silent = shippedUntilMs === null ? silentBesideOthers(alive, context) : silentSince(alive, shippedUntilMs);
  if (shippedUntilMs === null && silent.length === 0) return stopsMidRun(alive, context);
  if (silent.length === 0) return [];
  const rhythmic = alive.filter((track) => intervalMsOf(track) !== null);
  if (silent.length === rhythmic.length && shippedUntilMs !== null) return jobSilent(silent);
  return silent
    .slice(0, findingsMax)
    .map(({ track, silentMs }) =>
      sequenceFinding('log.source.silent', 'symptom', { ...track.last, values: { silentMs: Math.round(silentMs) } }),
    );
}

interface Silent {
  readonly track: ProgressTrack;
  readonly silentMs: number;
}

function silentSince(alive: readonly ProgressTrack[], untilMs: number): readonly Silent[] {
  return alive
    .flatMap((track) => silentOf(track, track.lastMs, untilMs, silentMsMax))
    .toSorted((a, b) => b.silentMs - a.silentMs);
}

function silentOf(
  track: ProgressTrack,
  lastMs: number | undefined,
  untilMs: number,
  silenceMsMin: number,
): readonly Silent[] {
  const intervalMs = intervalMsOf(track);
  if (intervalMs === null || lastMs === undefined) return [];
  const silentMs = untilMs - lastMs;
  return silentMs > Math.max(silenceMsMin, silentIntervalsMax * intervalMs, pausesMax * track.gapMs)
    ? [{ track, silentMs }]
    : [];
}

/**
 * Nobody knows until when these logs are complete: then only those of the same job measure each other, by their last
 * lines of any sort. Where most are silent, it is the few others that differ.
 */
function silentBesideOthers(alive: readonly ProgressTrack[], context: ScanContext): readonly Silent[] {
  const lastOf = lastLines(alive, context);
  const lasts = [...lastOf.values()].toSorted((a, b) => b - a);
  const latestMs = lasts[0];
  if (latestMs === undefined || lasts.length < 2) return [];
  const silent = alive.flatMap((track) => silentOf(track, lastOf.get(track), latestMs, silentBesideOthersMsMax));
  return silent.length > alive.length / 2 ? [] : silent.toSorted((a, b) => b.silentMs - a.silentMs);
}

/** When each wrote its last dated line, progress or not; in one file that all share, only progress tells them apart. */
function lastLines(alive: readonly ProgressTrack[], context: ScanContext): ReadonlyMap<ProgressTrack, number> {
  const lasts = new Map<ProgressTrack, number>();
  for (const track of alive) {
    const own = context.sources.filter((facts) => isOf(facts, track)).map((facts) => alignedLast(facts, context));
    const lastMs = Math.max(track.lastMs ?? Number.NEGATIVE_INFINITY, ...own);
    if (Number.isFinite(lastMs)) lasts.set(track, lastMs);
  }
  return lasts;
}

function isOf(facts: SourceFacts, track: ProgressTrack): boolean {
  if (track.rank === undefined && track.node === undefined) return facts.source === track.source;
  return facts.rank !== undefined && facts.rank === track.rank && facts.node === track.node;
}

function alignedLast({ node, lastMs }: SourceFacts, { clockAheadMs = {} }: ScanContext): number {
  if (lastMs === undefined) return Number.NEGATIVE_INFINITY;
  return lastMs - (node === undefined ? 0 : (clockAheadMs[node] ?? 0));
}

/** All have done what they were to do: a run of 1,000 steps that tells of its 1,000th is through. */
function isThrough({ step, steps }: ProgressTrack): boolean {
  return step !== undefined && steps !== undefined && step >= steps;
}

function jobSilent(silent: readonly Silent[]): readonly Finding[] {
  const latest = silent.at(-1);
  if (latest === undefined) return [];
  const { node: _node, rank: _rank, ...place } = latest.track.last;
  const values = { silentMs: Math.round(latest.silentMs), ranks: silent.length };
  return [sequenceFinding('job.steps.silent', 'symptom', { ...place, values }, silent.length)];
}

function stopsMidRun(alive: readonly ProgressTrack[], context: ScanContext): readonly Finding[] {
  const furthest = alive.toSorted((a, b) => (b.lastMs ?? 0) - (a.lastMs ?? 0) || b.count - a.count)[0];
  if (furthest === undefined || furthest.count < runStepsMin) return [];
  if (context.sources.some(({ last }) => last !== undefined && goodEnd.test(last.text))) return [];
  const { step, steps } = furthest;
  const { rank: _rank, ...place } = furthest.last;
  return [sequenceFinding('log.stops-mid-run', 'context', { ...place, values: withoutUndefined({ step, steps }) })];
}

/** How a log's last line says that all is well; what training says of its own end is `job.progress.finished`. */
const goodEnd =
  /\b(?:finished|completed?|done|all good)\b[.!]?\s*$|\bexit(?:ed|ing)?(?: with)?(?: code| status)?[ :=]{1,2}0\b|\bsuccess(?:fully)?\b|\bSynced \d|\bgoodbye\b/i;

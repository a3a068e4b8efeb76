import type { Finding } from '../../workflows/domain/finding.ts';
import { jobInterrupted, jobNormal, jobSlow, jobStopped } from '../performance/kinds.ts';

const ailing: ReadonlySet<string> = new Set([jobStopped.id, jobSlow.id, jobInterrupted.id]);

/**
 * Does the job work as it did before the alert? Its step metric says so, or, where none is gathered, steps that were
 * told after the alert do. `alertAtMs` in cluster milliseconds; null where no alert is known.
 */
export function isAtWork(findings: readonly Finding[], alertAtMs: number | null): boolean {
  if (findings.some(({ kind }) => ailing.has(kind))) return false;
  return findings.some(
    (finding) => finding.kind === jobNormal.id || (tellsProgress(finding.kind) && isAfter(finding, alertAtMs)),
  );
}

/** Kinds of `kb/detectors/progress.ts`. */
export function tellsProgress(kindId: string): boolean {
  return kindId.startsWith('job.progress.');
}

export function isAfter({ atMs, lastMs }: Finding, alertAtMs: number | null): boolean {
  return alertAtMs !== null && (lastMs ?? atMs ?? Number.NEGATIVE_INFINITY) >= alertAtMs;
}

// Fewer lines tell no rhythm.
const rhythmCountMin = 3;
// Ten intervals without a line, and never less than ten minutes, which an evaluation or a checkpoint may take
// (ml-engineering: seconds to minutes).
const silentIntervalsMax = 10;
const silentMsMax = 10 * 60_000;

/** Sources that told of steps at a rhythm and ceased before the alert, while others may go on: the job is not well. */
export function fellSilent(findings: readonly Finding[], alertAtMs: number | null): boolean {
  if (alertAtMs === null) return false;
  const progress = findings.filter(({ kind }) => tellsProgress(kind));
  const bySource = Map.groupBy(progress, ({ node, rank, range }) => `${node ?? ''}|${rank ?? range.source}`);
  return [...bySource.values()].some((ofSource) => {
    const intervals = ofSource.map(intervalOf).filter((intervalMs) => intervalMs !== null);
    if (intervals.length === 0) return false;
    const lastMs = Math.max(...ofSource.map((finding) => finding.lastMs ?? finding.atMs ?? Number.POSITIVE_INFINITY));
    return alertAtMs - lastMs > Math.max(silentMsMax, silentIntervalsMax * Math.min(...intervals));
  });
}

/** What has been going on at one rhythm since long before the alert, and did not begin or cease with it. */
export function isRoutine(finding: Finding, alertAtMs: number | null): boolean {
  const intervalMs = intervalOf(finding);
  if (alertAtMs === null || intervalMs === null || finding.atMs === undefined || finding.lastMs === undefined)
    return false;
  const beforeMs = alertAtMs - finding.atMs;
  return beforeMs >= routineBeforeMsMin && beforeMs >= intervalMs && alertAtMs - finding.lastMs <= 2 * intervalMs;
}

// Alert rules wait for some minutes; what began within ten minutes of the alert may be what it is about.
const routineBeforeMsMin = 10 * 60_000;

/** Mean milliseconds between occurrences; null where too few were seen. */
function intervalOf({ atMs, lastMs, count }: Finding): number | null {
  if (atMs === undefined || lastMs === undefined || count < rhythmCountMin) return null;
  return (lastMs - atMs) / (count - 1);
}

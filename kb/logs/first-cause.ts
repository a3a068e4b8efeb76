import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { followerRule } from './followers.ts';
import { inOrder } from './order.ts';

/**
 * For each finding that follows another the one it follows, by ids: the earliest cause that begins before it, or where
 * nothing tells a cause, the earliest sign of a rank that stopped or failed. What follows nothing is left out.
 */
export function relate(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
): ReadonlyMap<string, string> {
  const ordered = inOrder(findings);
  const position = new Map(ordered.map((finding, index) => [finding.id, index]));
  const causes = withFirstFailed(
    ordered.filter((finding) => isTellingCause(finding, kinds)),
    findings,
  );
  const stopped = ordered.filter(({ kind }) => tellsWhoStopped(kind));
  const follows = new Map<string, string>();
  for (const finding of ordered) {
    const rule = followerRule(finding.kind);
    if (rule === undefined || finding.role === 'clean' || finding.role === 'context') continue;
    const begins = (other: Finding): boolean =>
      other.id !== finding.id &&
      isNotAfter(other, finding, position) &&
      (rule.of === 'anywhere' || isSamePlace(other, finding));
    const first = causes.find(begins) ?? (rule.of === 'anywhere' ? firstStopped(finding, stopped, begins) : undefined);
    if (first !== undefined) follows.set(finding.id, first.id);
  }
  return follows;
}

// Odds of about 3:1: a line that weighs less is a hint and does not begin a story by itself.
export const tellingWeightMin = 1;

export function isTelling(finding: Finding, kinds: ReadonlyMap<string, FindingKind>): boolean {
  return Math.max(0, ...Object.values(kinds.get(finding.kind)?.weighs ?? {})) >= tellingWeightMin;
}

function isTellingCause(finding: Finding, kinds: ReadonlyMap<string, FindingKind>): boolean {
  return finding.role === 'cause' && isTelling(finding, kinds);
}

/** The rank that a launcher saw fail first, as far as one says so. */
export function firstFailedRank(findings: readonly Finding[]): number | undefined {
  for (const kind of ['torch.elastic.first-failed', 'mpi.rank-ended'])
    for (const finding of findings) if (finding.kind === kind && finding.rank !== undefined) return finding.rank;
  return undefined;
}

/**
 * Of what ranks say of themselves, that of the rank which failed first comes first. What no rank wrote (a kernel, a
 * scheduler) stays where its time puts it: a launcher knows nothing of those.
 */
export function withFirstFailed(ordered: readonly Finding[], findings: readonly Finding[]): readonly Finding[] {
  const failed = firstFailedRank(findings);
  const [first] = ordered;
  if (failed === undefined || first?.rank === undefined || first.rank === failed) return ordered;
  const own = ordered.find(({ rank }) => rank === failed);
  return own === undefined ? ordered : [own, ...ordered.filter((finding) => finding !== own)];
}

/** Signs of the one that stopped or failed before the others, the more direct first. */
const whoStopped: readonly string[] = [
  'torch.elastic.first-failed',
  'mpi.rank-ended',
  'log.source.silent',
  'job.rank.stopped-first',
  'collective.rank.behind',
  'job.rank.never-stepped',
  'job.ranks.not-joined',
  'job.ranks.missing',
];

function tellsWhoStopped(kind: string): boolean {
  return whoStopped.includes(kind);
}

/** A summary is printed when all is over: it is told late, and what it tells of was early. */
function firstStopped(
  finding: Finding,
  stopped: readonly Finding[],
  begins: (other: Finding) => boolean,
): Finding | undefined {
  const rankOf = (kind: string): number => whoStopped.indexOf(kind);
  const candidates = stopped
    .filter((other) => other.id !== finding.id && (rankOf(other.kind) <= 1 || begins(other)))
    .toSorted((a, b) => rankOf(a.kind) - rankOf(b.kind));
  // The signs themselves follow only what is more direct than they are.
  return candidates.find(({ kind }) => !tellsWhoStopped(finding.kind) || rankOf(kind) < rankOf(finding.kind));
}

// After alignment clocks agree within a second, and lines are stamped to the second (kb/reasoning/observations.ts).
const toleranceMs = 2_000;

/** Did `other` begin before `finding`, or at the same moment as far as clocks can tell? */
function isNotAfter(other: Finding, finding: Finding, position: ReadonlyMap<string, number>): boolean {
  const sameSource = other.range.evidenceId === finding.range.evidenceId && other.range.source === finding.range.source;
  if (sameSource && other.range.byteStart !== undefined && finding.range.byteStart !== undefined)
    return other.range.byteStart <= finding.range.byteStart;
  if (other.atMs !== undefined && finding.atMs !== undefined) return other.atMs <= finding.atMs + toleranceMs;
  return (position.get(other.id) ?? 0) <= (position.get(finding.id) ?? 0);
}

/** Not where both name a node, a rank or a device, and they differ. */
function isSamePlace(a: Finding, b: Finding): boolean {
  if (a.node !== undefined && b.node !== undefined && a.node !== b.node) return false;
  if (a.rank !== undefined && b.rank !== undefined && a.rank !== b.rank) return false;
  const [x, y] = [a.device, b.device];
  if (x === undefined || y === undefined) return true;
  if (x.kind !== y.kind) return false;
  return x.index !== undefined && y.index !== undefined
    ? x.index === y.index
    : x.name === undefined || x.name === y.name;
}

import type { Finding } from '../../workflows/domain/finding.ts';
import { claimedCauses, isSamePlace } from '../../workflows/domain/cluster-claims.ts';
import type { MendedCause } from '../../workflows/domain/cluster-mended.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { countersSinceCleared, countersSinceLoad } from './standing-counters.ts';

export interface MendedBefore {
  /** With the end of the repair in cluster milliseconds. */
  readonly causes: readonly MendedCause[];
  /** Cluster milliseconds between which all of a log was written: the only time of lines that carry none. */
  readonly written: (source: string) => { readonly fromMs: number; readonly toMs: number } | undefined;
}

const nothingMended: MendedBefore = { causes: [], written: () => undefined };

/**
 * What repairs of other incidents have taken away still stands in the logs of the hour before. Signs of a mended cause
 * are set aside where nothing at its place speaks for it since; one new sign, or one without a time, and all of them count.
 */
export function signsOfMended(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
  { causes, written }: MendedBefore = nothingMended,
): ReadonlySet<Finding> {
  const seenMs = (finding: Finding): number => lastSeenMs(finding, written(finding.range.source));
  return new Set(causes.flatMap((cause) => signsOf(cause, findings, kinds, seenMs)));
}

function signsOf(
  cause: MendedCause,
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
  seenMs: (finding: Finding) => number,
): readonly Finding[] {
  const speaking = findings.filter(({ kind }) => weighsFor(kinds.get(kind), cause.category));
  const there = speaking.filter((finding) => isThere(finding, cause));
  if (there.some((finding) => isSign(finding, cause) && seenMs(finding) >= cause.atMs)) return [];
  const echoes = speaking.filter((finding) => finding.role === 'symptom' && seenMs(finding) < cause.atMs);
  return [...there.filter((finding) => isCount(finding) || seenMs(finding) < cause.atMs), ...echoes];
}

/**
 * What a measurement without a time shows, it shows now; what a metric rule dates by its beginning alone, lasts. A stamp from
 * before its log was begun is of another time zone, or told of what was: then the log's own time counts.
 */
function lastSeenMs({ kind, lastMs, atMs }: Finding, written: ReturnType<MendedBefore['written']>): number {
  if (kind.startsWith('metric.')) return lastMs ?? Number.POSITIVE_INFINITY;
  const statedMs = lastMs ?? atMs;
  if (written !== undefined && (statedMs === undefined || statedMs < written.fromMs)) return written.toMs;
  return statedMs ?? Number.POSITIVE_INFINITY;
}

/**
 * Of a cause that is there again. What many causes show alike is none, nor is what a measurement shows of the node alone
 * where the cause was one of its devices; and counters say that something was, not when.
 */
function isSign(finding: Finding, { device }: MendedCause): boolean {
  const isOfDevice = device === null || finding.device !== undefined || hasTime(finding);
  return finding.role === 'cause' && isOfDevice && !isCount(finding);
}

function hasTime({ atMs, lastMs }: Finding): boolean {
  return atMs !== undefined || lastMs !== undefined;
}

function isCount({ kind }: Finding): boolean {
  return countersSinceLoad.has(kind) || countersSinceCleared.has(kind);
}

function weighsFor(kind: FindingKind | undefined, category: string | null): boolean {
  return Object.entries(kind?.weighs ?? {}).some(([name, weight]) => name === category && weight > 0);
}

function isThere({ node, device }: Finding, cause: MendedCause): boolean {
  if (node === undefined || cause.category === null) return false;
  const [place] = claimedCauses([{ node, category: cause.category, ...(device === undefined ? {} : { device }) }]);
  return place !== undefined && isSamePlace(place, cause);
}

import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { jobNormal } from '../performance/kinds.ts';
import { isAtWork } from './at-work.ts';
import { signsOfMended, type MendedBefore } from './mended.ts';
import { countersSinceCleared, countersSinceLoad } from './standing-counters.ts';

/** Cluster milliseconds: from where evidence was gathered, and when the alert began. */
export interface IncidentWindow {
  readonly fromMs: number;
  readonly alertAtMs: number;
  /** Of the repair after which something remained: what a reading dates before it was of the fault that was mended. */
  readonly repairedAtMs?: number;
  /** What repairs of other incidents took away lately. */
  readonly mendedBefore?: MendedBefore;
}

export interface ByTime {
  readonly current: readonly Finding[];
  /** What was last seen too long before the incident to belong to it, and signs of what has been mended since. */
  readonly past: readonly Finding[];
  /** These signs alone. */
  readonly mended: ReadonlySet<Finding>;
}

// A window reaches back at least 20 minutes before the alert. Half an hour more covers what shows late: NCCL's watchdog
// gives up after 10 to 30 minutes.
const beforeWindowMsMax = 30 * 60_000;
// Lines of a shipped log may carry local time without a zone; zones reach from -12 to +14 hours. The window of their
// object says when they were written, so only what no zone can explain is old (a log that was shipped again).
const zoneMsMax = 14 * 60 * 60_000;

/**
 * Sets aside what is older than the incident: a kernel log remembers an Xid for weeks. Findings without a time count as
 * current; so does a reading that counts several occurrences and gives only the time of the first, unless the job is well.
 */
export function splitByTime(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
  window: IncidentWindow | null,
): ByTime {
  if (window === null) return { current: findings, past: [], mended: new Set() };
  const healthy = isAtWork(findings, window.alertAtMs);
  const { mendedBefore } = window;
  const mended = signsOfMended(findings, kinds, mendedBefore);
  const dated = findings.filter((finding) => mended.has(finding) || isOld(finding, window, healthy));
  const old = new Set(dated);
  const rest = findings.filter((finding) => !old.has(finding));
  const known: Known = { rest, dated, kinds, healthy };
  // Gauge and counter may tell of the same old event: neither makes the other new.
  const shownAgain = new Set(rest.filter((finding) => isShownAgain(finding, known)));
  const left: Known = { ...known, rest: rest.filter((finding) => !shownAgain.has(finding)) };
  const remembered = new Set(left.rest.filter((finding) => isRemembered(finding, left)));
  return {
    current: left.rest.filter((finding) => !remembered.has(finding)),
    past: [...dated, ...shownAgain, ...remembered],
    mended,
  };
}

function isOld(
  { atMs, lastMs, count, range }: Finding,
  { fromMs, repairedAtMs = 0 }: IncidentWindow,
  healthy: boolean,
): boolean {
  const measured = range.source.startsWith('probe ');
  const seenMs = lastMs ?? (measured && count > 1 && !healthy ? undefined : atMs);
  if (seenMs === undefined) return false;
  // Logs are gathered from the repair on; what a node remembers is not.
  if (measured && seenMs < repairedAtMs) return true;
  return seenMs < fromMs - beforeWindowMsMax - (measured ? 0 : zoneMsMax);
}

interface Known {
  readonly rest: readonly Finding[];
  readonly dated: readonly Finding[];
  readonly kinds: ReadonlyMap<string, FindingKind>;
  readonly healthy: boolean;
}

/** Where the job is well and nothing new was seen there, a counter tells of the past. */
function isRemembered(finding: Finding, known: Known): boolean {
  const needsOldLine = countersSinceLoad.has(finding.kind);
  if (!needsOldLine && !countersSinceCleared.has(finding.kind)) return false;
  if (!known.rest.some(({ kind }) => kind === jobNormal.id)) return false;
  const alike = (other: Finding): boolean =>
    other.role === 'cause' &&
    other.node === finding.node &&
    (other.device === undefined || other.device.index === finding.device?.index) &&
    isOfOneCause(other, finding, known);
  return (!needsOldLine || known.dated.some(alike)) && !known.rest.some(alike);
}

/** Kinds of the exporter's gauge that keeps the last Xid; reported by `kb/metrics/xid-reported.ts`. */
export const xidGaugePrefix = 'metric.gpu.xid.';

/** The probe that reads a node's kernel log with the times of its lines. */
export const kernelLogProbeId = 'kernel.log';

/**
 * The gauge shows an Xid of long ago again: the job is well, the kernel log of the node was read and holds no new line
 * of it, but either an old one of the same code and GPU, or none while the exporter was collected anew.
 * https://github.com/NVIDIA/dcgm-exporter/issues/500
 */
function isShownAgain(finding: Finding, known: Known): boolean {
  if (!finding.kind.startsWith(xidGaugePrefix) || !known.healthy || finding.node === undefined) return false;
  const source = `probe ${kernelLogProbeId} on ${finding.node}`;
  const wasRead = [...known.rest, ...known.dated].some(({ range }) => range.source === source);
  if (!wasRead || known.rest.some((other) => isFreshSign(other, finding, known))) return false;
  const code = finding.values?.['xid'];
  const isOldLine = (other: Finding): boolean =>
    other.kind === `nvidia.xid.${code}` && other.node === finding.node && mayBeSameDevice(other, finding);
  return finding.values?.['afterGapMs'] !== undefined || known.dated.some(isOldLine);
}

/** Anything but the gauge itself that points at the same trouble at the same place. */
function isFreshSign(other: Finding, finding: Finding, known: Known): boolean {
  return (
    (other.role === 'cause' || other.role === 'symptom') &&
    !other.kind.startsWith(xidGaugePrefix) &&
    !countersSinceLoad.has(other.kind) &&
    !countersSinceCleared.has(other.kind) &&
    other.node === finding.node &&
    mayBeSameDevice(other, finding) &&
    isOfOneCause(other, finding, known)
  );
}

function isOfOneCause(a: Finding, b: Finding, { kinds }: Known): boolean {
  const categories = Object.keys(kinds.get(b.kind)?.weighs ?? {});
  return a.kind !== b.kind && Object.keys(kinds.get(a.kind)?.weighs ?? {}).some((one) => categories.includes(one));
}

/** Not where both have an index, or both a name, and they differ. */
function mayBeSameDevice({ device: a }: Finding, { device: b }: Finding): boolean {
  if (a === undefined || b === undefined) return true;
  if (a.kind !== b.kind) return false;
  if (a.index !== undefined && b.index !== undefined) return a.index === b.index;
  return a.name === undefined || b.name === undefined || a.name === b.name;
}

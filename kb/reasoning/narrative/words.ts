import type { Device, Finding } from '../../../workflows/domain/finding.ts';
import { namePattern } from '../../../workflows/domain/ids.ts';
import type { Category } from '../../taxonomy.ts';
import { granularity } from '../granularity.ts';
import type { Knowledge } from '../knowledge.ts';

/**
 * Words for a probability, after the calibrated language of the IPCC (Mastrandrea et al. 2010, "Guidance Note for Lead
 * Authors of the IPCC Fifth Assessment Report on Consistent Treatment of Uncertainties", table 1).
 */
export function likelihood(probability: number): string {
  if (probability > 0.99) return 'virtually certain';
  if (probability > 0.9) return 'very likely';
  if (probability > 0.66) return 'likely';
  if (probability >= 0.33) return 'about as likely as not';
  if (probability >= 0.1) return 'unlikely';
  return probability >= 0.01 ? 'very unlikely' : 'exceptionally unlikely';
}

export function percentText(probability: number): string {
  return probability < 0.005 ? 'under 1 %' : `${Math.round(100 * probability)} %`;
}

/** How much one sign says, by the odds that it changes: the bounds of Kass & Raftery 1995 (JASA 90), 3 and 20 to 1. */
export function strength(weight: number): string {
  const factor = Math.exp(Math.abs(weight));
  return factor >= 20 ? 'a strong sign' : factor >= 3 ? 'a clear sign' : 'a weak sign';
}

/** `GPU 3 of node-07`. Names that do not look like names are left out, since they may be text of a log. */
export function placeWords(
  at: { readonly node?: string | undefined; readonly device?: Device | undefined },
  category: Category,
): string {
  const node = at.node !== undefined && namePattern.test(at.node) ? at.node : null;
  const device = at.device === undefined ? null : deviceWords(at.device);
  if (node !== null) return device === null ? `server ${node}` : `${device} of server ${node}`;
  if (device !== null) return `${device} of a server that the evidence does not name`;
  return isOfJob(category) ? 'the job as a whole' : 'a place that the evidence does not name';
}

/** Is it mended in the job, and not on a server? */
export function isOfJob(category: Category): boolean {
  return granularity(category) !== 'device' && granularity(category) !== 'node';
}

const deviceNamePattern = /^[0-9a-z_.:-]{1,32}$/i;

function deviceWords({ kind, index, name }: Device): string | null {
  const known = name !== undefined && deviceNamePattern.test(name) ? name : undefined;
  switch (kind) {
    case 'gpu':
      if (index !== undefined) return `GPU ${index}`;
      return known === undefined ? 'a GPU' : `the GPU at address ${known}`;
    case 'hca':
      return known === undefined ? 'a network adapter' : `network adapter ${known}`;
    case 'disk':
      return known === undefined ? 'a disk' : `disk ${known}`;
    case 'host':
      return null;
  }
}

/** Where a finding was read, in words: `a measurement on node-07`. */
export function sourceWords(finding: Finding, knowledge: Pick<Knowledge, 'measuredKinds' | 'metricKinds'>): string {
  const { kind, rank, range, node } = finding;
  const on = node !== undefined && namePattern.test(node) ? node : null;
  if (isMeasurement(finding, knowledge)) return on === null ? 'a measurement' : `a measurement on ${on}`;
  if (knowledge.metricKinds.has(kind)) return on === null ? 'the monitoring' : `the monitoring of ${on}`;
  if (range.source === noteSource) return 'what people saw';
  if (rank !== undefined) return `the log of process ${rank}${on === null ? '' : ` on ${on}`}`;
  return on === null ? 'the log' : `the log of ${on}`;
}

/** Where notes of people are said to come from. */
const noteSource = '--note';

/** Probes answer with kinds of their own, or with those of the log lines that they read again. */
export function isMeasurement({ kind, range }: Finding, { measuredKinds }: Pick<Knowledge, 'measuredKinds'>): boolean {
  return measuredKinds.has(kind) || range.source.startsWith('probe ');
}

/** A kind's id; one that does not look like an id may be anybody's text. */
export function kindName(id: string): string {
  return /^[a-z0-9][a-z0-9._-]{0,79}$/i.test(id) ? id : 'a kind without a name';
}

/** `2026-11-21 03:38:20 UTC` */
export function momentText(atMs: number): string {
  const date = new Date(atMs);
  if (!Number.isFinite(date.getTime())) return 'an unknown moment';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `2 minutes before the alert` */
export function besideAlert(atMs: number, alertAtMs: number): string {
  const apart = spanText(Math.abs(alertAtMs - atMs));
  if (apart === null) return 'at the moment of the alert';
  return `${apart} ${atMs < alertAtMs ? 'before' : 'after'} the alert`;
}

function spanText(ms: number): string | null {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return null;
  if (seconds < 100) return counted(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return counted(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.round(hours / 24), 'day');
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

import type { Finding, FindingRole } from '../../workflows/domain/finding.ts';
import type { LogDetector, LogLine, Match } from '../schemas/detector.ts';
import { excerpt } from './excerpt.ts';
import { fingerprint } from './fingerprint.ts';
import { literalSet } from './literals.ts';
import { rankComparison } from './rank-comparison.ts';
import { selectiveReader, type LogSource } from './read.ts';

/** Runs every detector over the lines; one finding a kind and place, with a count, in order of first sight. */
export function scan(lines: Iterable<LogLine>, detectors: readonly LogDetector[]): readonly Finding[] {
  const scanner = logScanner(detectors);
  for (const line of lines) scanner.add(line);
  return scanner.findings();
}

/** Scans bytes that are in memory already. */
export function scanBytes(
  sources: Iterable<LogSource & { readonly bytes: Uint8Array }>,
  detectors: readonly LogDetector[],
): readonly Finding[] {
  const scanner = logScanner(detectors);
  for (const source of sources) {
    const feed = scanner.open(source);
    feed.feed(source.bytes);
    feed.end();
  }
  return scanner.findings();
}

export interface LogScanner {
  add(line: LogLine): void;
  /** One source, fed chunk by chunk; several may be open at once. */
  open(source: LogSource): { feed(chunk: Uint8Array): void; end(): void };
  findings(): readonly Finding[];
}

/** Kinds and places beyond this many are counted in the last finding of their kind: memory stays bounded in a storm. */
export const foldedFindingsMax = 5_000;

export function logScanner(detectors: readonly LogDetector[]): LogScanner {
  const prefilter = detectorPrefilter(detectors);
  const folded = new Map<string, Folded>();
  const lastOfKind = new Map<string, Folded>();
  const comparison = rankComparison();
  const roles = new Map(detectors.flatMap(({ kinds }) => kinds.map((kind) => [kind.id, kind.role] as const)));

  const record = (line: LogLine, match: Match): void => {
    comparison.note(line, match);
    const key = placeKey(line, match);
    const known = folded.get(key) ?? (folded.size >= foldedFindingsMax ? lastOfKind.get(match.kind) : undefined);
    if (known !== undefined) {
      known.count += 1;
      if (line.atMs !== undefined && known.first.atMs !== undefined && line.atMs < known.first.atMs)
        known.first = firstFinding(line, match, known.first.role);
      if (line.atMs !== undefined) known.lastMs = Math.max(known.lastMs ?? line.atMs, line.atMs);
      return;
    }
    const role = roles.get(match.kind);
    if (role === undefined) throw new Error(`a detector reported ${match.kind}, which it does not list`);
    const first: Folded = { first: firstFinding(line, match, role), count: 1, lastMs: line.atMs };
    folded.set(key, first);
    lastOfKind.set(match.kind, first);
  };

  const examine = (line: LogLine, hits: readonly LogDetector[]): void => {
    for (const match of matchesOf(line, hits, (kind) => roles.get(kind))) record(line, match);
  };

  return {
    add: (line) => examine(line, prefilter(line.text)),
    open(source) {
      let hits: readonly LogDetector[] = [];
      const reader = selectiveReader(source, (text) => (hits = prefilter(text)).length > 0);
      const emit = (line: LogLine): void => examine(line, hits);
      return { feed: (chunk) => reader.feed(chunk, emit), end: () => reader.end(emit) };
    },
    findings: () => [
      ...[...folded.values()].map(({ first, count, lastMs }) => ({
        ...first,
        count,
        ...(lastMs === undefined ? {} : { lastMs }),
      })),
      ...comparison.findings(),
    ],
  };
}

/**
 * What detectors read from one line. One line is one piece of evidence: the first detector that reads a cause from it,
 * the most specific by list order, speaks for it. What it says besides (a symptom, a version) does not compete.
 */
export function matchesOf(
  line: LogLine,
  detectors: readonly LogDetector[],
  roleOf: (kind: string) => FindingRole | undefined,
): readonly Match[] {
  let causeTold = false;
  return detectors.flatMap((detector) => {
    const match = detector.match(line);
    if (match === null) return [];
    const isCause = roleOf(match.kind) === 'cause';
    if (isCause && causeTold) return [];
    causeTold ||= isCause;
    return [match];
  });
}

interface Folded {
  first: Omit<Finding, 'count' | 'lastMs'>;
  count: number;
  lastMs: number | undefined;
}

function firstFinding(line: LogLine, match: Match, role: Finding['role']): Folded['first'] {
  const node = match.node ?? line.node;
  const rank = match.rank ?? line.rank;
  const range = {
    evidenceId: line.evidenceId,
    source: line.source,
    line: line.line,
    byteStart: line.byteStart,
    byteEnd: line.byteEnd,
  };
  return {
    id: findingId(match.kind, placeKey(line, match), range),
    kind: match.kind,
    role,
    ...(node === undefined ? {} : { node }),
    ...(match.device === undefined ? {} : { device: match.device }),
    ...(rank === undefined ? {} : { rank }),
    ...(line.atMs === undefined ? {} : { atMs: line.atMs }),
    range,
    text: excerpt(line.text),
    ...(match.values === undefined ? {} : { values: match.values }),
  };
}

/** The same for the same bytes on any attempt: kind, place and range, nothing else. */
export function findingId(kind: string, place: string, range: Finding['range']): string {
  return `fi_${fingerprint(`${kind}|${place}|${range.evidenceId}|${range.source}|${range.byteStart ?? ''}|${range.byteEnd ?? ''}`)}`;
}

function placeKey(line: LogLine, match: Match): string {
  const device =
    match.device === undefined ? '' : `${match.device.kind}:${match.device.index ?? ''}:${match.device.name ?? ''}`;
  const node = match.node ?? line.node;
  const rank = match.rank ?? line.rank;
  // Two files that say neither host nor rank are two places as far as anybody can tell.
  const where = node === undefined && rank === undefined ? line.source : `${node ?? ''}|${rank ?? ''}`;
  return `${match.kind}|${where}|${device}`;
}

/** The detectors of which a literal stands in the text, in list order. */
export function detectorPrefilter(detectors: readonly LogDetector[]): (text: string) => readonly LogDetector[] {
  const ownersOf = new Map<string, Set<number>>();
  detectors.forEach((detector, index) => {
    for (const literal of detector.literals) {
      const key = literal.toLowerCase();
      const owners = ownersOf.get(key) ?? new Set<number>();
      owners.add(index);
      ownersOf.set(key, owners);
    }
  });
  const owners = [...ownersOf.values()].map((indexes) => [...indexes]);
  const set = literalSet([...ownersOf.keys()]);
  const none: readonly LogDetector[] = [];
  const seen = new Set<number>();
  const hit = (literal: number): void => {
    for (const index of owners[literal] ?? []) seen.add(index);
  };
  return (text) => {
    seen.clear();
    set.find(text, hit);
    return seen.size === 0 ? none : detectors.filter((_detector, index) => seen.has(index));
  };
}

import type { Device, Finding } from '../../workflows/domain/finding.ts';
import type { LogLine, Match } from '../schemas/detector.ts';
import { excerpt } from './excerpt.ts';
import { fingerprint } from './fingerprint.ts';

/** Makes one finding of all that has the same kind and place, with a count, in order of first sight. */
export interface FindingFold {
  /** Answers how often this has been seen now, this time included. */
  add(line: LogLine, match: Match, role: Finding['role']): number;
  /** Takes over what another fold has found; its findings come behind those that are here. */
  merge(finding: Finding): void;
  findings(): readonly Finding[];
}

/** Kinds and places beyond this many are counted in the last finding of their kind: memory stays bounded in a storm. */
export const foldedFindingsMax = 5_000;
/** Of one source: reports of thousands of them may wait to be put together. */
export const sourceFindingsMax = 1_000;

interface Folded {
  first: Omit<Finding, 'count' | 'lastMs'>;
  count: number;
  lastMs: number | undefined;
}

export function findingFold(findingsMax: number = foldedFindingsMax): FindingFold {
  const folded = new Map<string, Folded>();
  const lastOfKind = new Map<string, Folded>();
  const recent = recentlyFolded();

  const known = (key: string, kind: string): Folded | undefined =>
    folded.get(key) ?? (folded.size >= findingsMax ? lastOfKind.get(kind) : undefined);

  const remember = (key: string, one: Folded): void => {
    folded.set(key, one);
    lastOfKind.set(one.first.kind, one);
  };

  return {
    add(line, match, role) {
      let one = recent.find(line, match);
      if (one === undefined) {
        const key = keyOf(line, match);
        one = known(key, match.kind);
        if (one === undefined) {
          remember(key, { first: firstFinding(line, match, role, key), count: 1, lastMs: line.atMs });
          return 1;
        }
        recent.keep(line, match, one);
      }
      one.count += 1;
      if (line.atMs === undefined) return one.count;
      if (one.first.atMs !== undefined && line.atMs < one.first.atMs)
        one.first = firstFinding(line, match, one.first.role, keyOf(line, match));
      one.lastMs = Math.max(one.lastMs ?? line.atMs, line.atMs);
      return one.count;
    },
    merge(finding) {
      const { count, lastMs, ...first } = finding;
      const key = placeKey(finding.kind, finding.node, finding.rank, finding.device, finding.range.source);
      const one = known(key, finding.kind);
      if (one === undefined) return remember(key, { first, count, lastMs });
      one.count += count;
      if (first.atMs !== undefined && one.first.atMs !== undefined && first.atMs < one.first.atMs) one.first = first;
      if (lastMs !== undefined) one.lastMs = Math.max(one.lastMs ?? lastMs, lastMs);
    },
    findings: () =>
      [...folded.values()].map(({ first, count, lastMs }) => ({
        ...first,
        count,
        ...(lastMs === undefined ? {} : { lastMs }),
      })),
  };
}

/** The last few places: in a storm of millions of lines no key has to be made and looked up for each. */
function recentlyFolded() {
  const recent: { readonly place: Place; readonly one: Folded }[] = [];
  let next = 0;
  return {
    find(line: LogLine, match: Match): Folded | undefined {
      for (const { place, one } of recent) if (isAt(place, line, match)) return one;
      return undefined;
    },
    keep(line: LogLine, match: Match, one: Folded): void {
      recent[next] = { place: placeOf(line, match), one };
      next = (next + 1) % recentMax;
    },
  };
}

// One for each GPU of a node.
const recentMax = 8;

/** What a key is made of. */
interface Place {
  readonly kind: string;
  readonly node: string | undefined;
  readonly rank: number | undefined;
  readonly device: Device | undefined;
  readonly source: string;
}

function placeOf({ node, rank, source }: LogLine, match: Match): Place {
  return { kind: match.kind, node: match.node ?? node, rank: match.rank ?? rank, device: match.device, source };
}

/** The same as comparing `placeOf`, without making one. */
function isAt({ kind, node, rank, device, source }: Place, line: LogLine, match: Match): boolean {
  return (
    kind === match.kind &&
    device?.name === match.device?.name &&
    device?.index === match.device?.index &&
    device?.kind === match.device?.kind &&
    rank === (match.rank ?? line.rank) &&
    node === (match.node ?? line.node) &&
    source === line.source
  );
}

function keyOf(line: LogLine, match: Match): string {
  return placeKey(match.kind, match.node ?? line.node, match.rank ?? line.rank, match.device, line.source);
}

function firstFinding(line: LogLine, match: Match, role: Finding['role'], key: string): Folded['first'] {
  const node = match.node ?? line.node;
  const rank = match.rank ?? line.rank;
  const range = rangeOf(line);
  return {
    id: findingId(match.kind, key, range),
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

export function rangeOf({ evidenceId, source, line, byteStart, byteEnd }: LogLine): Finding['range'] {
  return { evidenceId, source, line, byteStart, byteEnd };
}

/** The same for the same bytes on any attempt: kind, place and range, nothing else. */
export function findingId(kind: string, place: string, range: Finding['range']): string {
  return `fi_${fingerprint(`${kind}|${place}|${range.evidenceId}|${range.source}|${range.byteStart ?? ''}|${range.byteEnd ?? ''}`)}`;
}

function placeKey(
  kind: string,
  node: string | undefined,
  rank: number | undefined,
  device: Device | undefined,
  source: string,
): string {
  const deviceKey = device === undefined ? '' : `${device.kind}:${device.index ?? ''}:${device.name ?? ''}`;
  // Two files that say neither host nor rank are two places as far as anybody can tell.
  const where = node === undefined && rank === undefined ? source : `${node ?? ''}|${rank ?? ''}`;
  return `${kind}|${where}|${deviceKey}`;
}

import type { Finding, FindingRole } from '../../../workflows/domain/finding.ts';
import { excerpt } from '../../logs/excerpt.ts';
import { findingId, rangeOf } from '../../logs/fold.ts';
import type { LogLine } from '../../schemas/detector.ts';

/** The line that a sequence detector cites: where it stands, whose it is, and a redacted excerpt. Plain JSON. */
export interface LinePlace {
  readonly range: Finding['range'];
  readonly node?: string;
  readonly rank?: number;
  readonly atMs?: number;
  readonly text: string;
  readonly values?: Readonly<Record<string, number | string>>;
}

export function placeOfLine(line: LogLine, values?: LinePlace['values']): LinePlace {
  return {
    range: rangeOf(line),
    ...(line.node === undefined ? {} : { node: line.node }),
    ...(line.rank === undefined ? {} : { rank: line.rank }),
    ...(line.atMs === undefined ? {} : { atMs: line.atMs }),
    text: excerpt(line.text),
    ...(values === undefined ? {} : { values }),
  };
}

/**
 * A finding of a comparison, which cites one line; `count` is how many places agree. Where one line tells of several,
 * `of` keeps their findings apart.
 */
export function sequenceFinding(kind: string, role: FindingRole, place: LinePlace, count = 1, of = ''): Finding {
  const { range, ...rest } = place;
  return { id: findingId(kind, of, range), kind, role, count, range, ...rest };
}

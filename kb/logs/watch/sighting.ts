import type { Category } from '../../../workflows/domain/categories.ts';
import type { Device } from '../../../workflows/domain/finding.ts';
import type { LogLine, Match } from '../../schemas/detector.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';

/** One line of a followed log that tells of trouble, and where the trouble is as far as anybody knows. */
export interface Sighting {
  readonly kind: string;
  readonly summary: string;
  readonly role: 'cause' | 'symptom';
  /** What the kind speaks for most; `unlisted` if for nothing in particular. */
  readonly category: Category;
  /** A cause that speaks for itself: nothing has to be waited for. */
  readonly telling: boolean;
  readonly node?: string;
  readonly job?: string;
  readonly rank?: number;
  readonly device?: Device;
  /** Cluster time: of the line if it carries one that can be right, else of its reading. */
  readonly atMs: number;
  readonly file: string;
  /** From 1; absent where nobody has counted. */
  readonly line?: number;
  readonly byte: number;
  /** As it stands in the log; redacted and cut where it is kept. */
  readonly text: string;
}

/** What is known about where a source's lines come from, beyond what they say. */
export interface Placement {
  readonly node?: string;
  readonly job?: string;
}

/** What a match is worth an alert; `null` for healthy lines and for those that only explain. */
export function sightingOf(
  line: LogLine,
  match: Match,
  kind: FindingKind,
  place: (node: string | undefined, rank: number | undefined) => Placement,
  clusterNowMs: number,
): Omit<Sighting, 'line' | 'byte' | 'file'> | null {
  if (kind.role !== 'cause' && kind.role !== 'symptom') return null;
  const rank = match.rank ?? line.rank;
  const { category, weight } = heaviest(kind);
  return {
    kind: kind.id,
    summary: kind.summary,
    role: kind.role,
    category,
    telling: kind.role === 'cause' && weight >= tellingWeightMin,
    ...place(match.node ?? line.node, rank),
    ...(rank === undefined ? {} : { rank }),
    ...(match.device === undefined ? {} : { device: match.device }),
    atMs: line.atMs !== undefined && line.atMs <= clusterNowMs + aheadMsMax ? line.atMs : clusterNowMs,
    text: line.text,
  };
}

/** ln 4: a kind that makes its category four times as likely is worth a person's time by itself (our own choice). */
export const tellingWeightMin = 1.386;
// As the incident's own reading of an alert's time allows (activities/alert-time.ts): more is a clock that nobody set.
const aheadMsMax = 60_000;

function heaviest({ weighs }: FindingKind): { readonly category: Category; readonly weight: number } {
  let category: Category = 'unlisted';
  let weight = 0;
  for (const [name, value] of Object.entries(weighs))
    if (value > weight) {
      category = name as Category; // the keys of `weighs` are categories
      weight = value;
    }
  return { category, weight };
}

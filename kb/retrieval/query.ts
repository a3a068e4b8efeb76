import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { words } from './words.ts';

/** What is asked for, in the form that each part of the search reads. */
export interface RecallQuery {
  /** Prose: what was seen, in words, most telling first. For the embedding. */
  readonly prose: string;
  /** The same with kind ids and exact strings. For the word search. */
  readonly words: string;
  /** Kinds of findings, most telling first. For the overlap of signals. */
  readonly kinds: readonly string[];
  /** What the vector list counts beside the words. */
  readonly denseWeight: number;
}

// More kinds than this make a query that is about everything.
const kindsMax = 12;
// A vector of everything is near to nothing: two kinds that speak for a cause find most (`wardround bench recall`).
const proseKindsMax = 2;
// Our summaries are short and alike; lines and codes tell more (the same benchmark). A person's own words count in full.
const summaryWeight = 0.25;
/** A query's length at most, in characters. */
export const queryCharsMax = 4_000;

/** The query for similar incidents: the most telling kinds, their summaries, and one excerpt of each; never the raw log. */
export function queryOfFindings(findings: readonly Finding[], kinds: ReadonlyMap<string, FindingKind>): RecallQuery {
  const byKind = [...Map.groupBy(findings, (finding) => finding.kind)]
    .filter(([, ofKind]) => ofKind.some(({ role }) => role !== 'clean'))
    .toSorted(([idA, a], [idB, b]) => telling(b, kinds.get(idB)) - telling(a, kinds.get(idA)) || (idA < idB ? -1 : 1))
    .slice(0, kindsMax);
  const causes = byKind.filter(([, ofKind]) => ofKind.some(({ role }) => role === 'cause'));
  const summaryOf = (id: string): string => kinds.get(id)?.summary ?? id;
  return {
    prose: (causes.length > 0 ? causes : byKind)
      .slice(0, proseKindsMax)
      .map(([id]) => summaryOf(id))
      .join('. ')
      .slice(0, queryCharsMax),
    // Each word once: readings of one family repeat theirs, and a word that is said eight times would count eight times.
    words: [
      ...new Set(
        byKind
          // Redacted excerpts carry the exact error strings that records cite.
          .flatMap(([id, ofKind]) => [id, summaryOf(id), ...ofKind.slice(0, 1).map(({ text }) => text)])
          .flatMap((part) => words(part)),
      ),
    ]
      .join(' ')
      .slice(0, queryCharsMax),
    kinds: byKind.map(([id]) => id),
    denseWeight: summaryWeight,
  };
}

/** The query that a person types; `kinds` are what the detectors read in it. */
export function queryOfText(text: string, kinds: readonly string[]): RecallQuery {
  const asked = text.slice(0, queryCharsMax);
  return { prose: asked, words: [asked, ...kinds].join('\n'), kinds: kinds.slice(0, kindsMax), denseWeight: 1 };
}

function telling(findings: readonly Finding[], kind: FindingKind | undefined): number {
  const role = findings[0]?.role;
  const strongest = Math.max(0, ...Object.values(kind?.weighs ?? {}));
  return strongest + (role === 'cause' ? 10 : role === 'symptom' ? 5 : 0);
}

import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

// More kinds than this make a query that is about everything.
const kindsMax = 12;
// Redacted excerpts carry the exact error strings that records cite.
const excerptsPerKindMax = 1;
export const queryCharsMax = 4_000;

/** The query for similar incidents: the most telling kinds, their summaries, and one excerpt of each. */
export function recallQuery(findings: readonly Finding[], kinds: ReadonlyMap<string, FindingKind>): string {
  const byKind = [...Map.groupBy(findings, (finding) => finding.kind)]
    .filter(([, ofKind]) => ofKind.some(({ role }) => role !== 'clean'))
    .toSorted(([idA, a], [idB, b]) => telling(b, kinds.get(idB)) - telling(a, kinds.get(idA)) || (idA < idB ? -1 : 1))
    .slice(0, kindsMax);
  return byKind
    .flatMap(([id, ofKind]) => [
      id,
      kinds.get(id)?.summary ?? '',
      ...ofKind.slice(0, excerptsPerKindMax).map(({ text }) => text),
    ])
    .filter((part) => part !== '')
    .join('\n')
    .slice(0, queryCharsMax);
}

function telling(findings: readonly Finding[], kind: FindingKind | undefined): number {
  const role = findings[0]?.role;
  const strongest = Math.max(0, ...Object.values(kind?.weighs ?? {}));
  return strongest + (role === 'cause' ? 10 : role === 'symptom' ? 5 : 0);
}

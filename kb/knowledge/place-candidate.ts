import type { IncidentRecord, KnowledgeRecord } from '../schemas/record.ts';
import { recordText } from '../retrieval/record-text.ts';
import { nearDuplicates } from './near-duplicates.ts';
import type { SiteBase } from './site-base.ts';

/** Whether a candidate tells something new, or the same as a record that is there already. */
export type Placement = 'new' | { readonly confirms: string };

// At least half of the leading kinds of both together are common to both (our judgement): one of two, not one of five.
const leadingShareMin = 0.5;

export function placeCandidate(
  base: Pick<SiteBase, 'records' | 'revokedIds'>,
  shipped: readonly KnowledgeRecord[],
  candidate: KnowledgeRecord,
): Placement {
  // A repeat adds to the trail, also of what was rejected or revoked: that stays as it is.
  const same = base.records.get(candidate.id);
  if (same !== undefined) return { confirms: same.mergedInto ?? same.id };
  if (candidate.kind !== 'incident') return 'new';
  const alike = [
    ...shipped.filter(({ id }) => !base.revokedIds.has(id)),
    ...[...base.records.values()]
      .filter(({ status }) => status === 'accepted' || status === 'candidate')
      .map(({ record }) => record),
  ].filter((record): record is IncidentRecord => record.kind === 'incident' && record.category === candidate.category);
  const id = sameSignals(alike, candidate) ?? sameWords(alike, candidate);
  return id === null ? 'new' : { confirms: id };
}

/** The kinds that announce it: the strongest that it has. */
export function leadingKinds({ signals }: IncidentRecord): ReadonlySet<string> {
  for (const strength of ['strong', 'moderate'] as const) {
    const kinds = signals.flatMap((signal) =>
      signal.strength === strength && signal.kind !== undefined ? [signal.kind] : [],
    );
    if (kinds.length > 0) return new Set(kinds);
  }
  return new Set();
}

function sameSignals(records: readonly IncidentRecord[], candidate: IncidentRecord): string | null {
  const own = leadingKinds(candidate);
  const shares = records
    .map((record) => ({ id: record.id, share: jaccard(own, leadingKinds(record)) }))
    .filter(({ share }) => share >= leadingShareMin)
    .toSorted((a, b) => b.share - a.share || (a.id < b.id ? -1 : 1));
  return shares[0]?.id ?? null;
}

/** Records of repairs are written from one template: likeness between them says nothing. */
function sameWords(records: readonly IncidentRecord[], candidate: IncidentRecord): string | null {
  const isLearned = candidate.confirmedBy.who === 'repair';
  const others = records.filter(({ confirmedBy }) => !isLearned || confirmedBy.who !== 'repair');
  const texts = new Map([...others, candidate].map((record) => [record.id, recordText(record)]));
  const pair = nearDuplicates(texts).find(({ a, b }) => a === candidate.id || b === candidate.id);
  if (pair === undefined) return null;
  return pair.a === candidate.id ? pair.b : pair.a;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((kind) => b.has(kind)).length;
  return common === 0 ? 0 : common / (a.size + b.size - common);
}

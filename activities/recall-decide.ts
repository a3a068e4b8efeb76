import { rankCandidates, type Candidate } from '../kb/retrieval/rank.ts';
import type { RecallResult } from '../workflows/domain/phase-data.ts';
import { recordsMax, referencesMax, type RecallDocument } from './recall-document.ts';

export type DescribedCandidate = Candidate & Pick<RecallDocument['candidates'][number], 'kind' | 'category' | 'source'>;

/** The outcome of a recall from its candidates: order, like incidents, references. Decided again by an audit. */
export function decideRecall(
  asked: Pick<RecallDocument, 'query' | 'generation' | 'library' | 'modelId' | 'degraded'>,
  candidates: readonly DescribedCandidate[],
): RecallDocument {
  const ranked = rankCandidates(candidates, { denseWeight: asked.query.denseWeight });
  return {
    form: 2,
    ...asked,
    candidates: ranked,
    records: ranked
      .flatMap(({ id, kind, category, score, dense, words, source }) =>
        kind !== 'incident' || category === null
          ? []
          : [
              {
                problemkey: id,
                category,
                score,
                denseRank: dense?.rank ?? null,
                wordRank: words?.rank ?? null,
                source,
              },
            ],
      )
      .slice(0, recordsMax),
    references: ranked
      .flatMap(({ id, kind, score, source }) => (kind === 'incident' ? [] : [{ id, kind, score, source }]))
      .slice(0, referencesMax),
  };
}

/** The part of a recall that stands in the history. */
export function shownOf({ records, references }: RecallDocument): Required<Pick<RecallResult, 'top' | 'references'>> {
  return {
    top: records.map(({ problemkey, category, score, source }) => ({ problemkey, category, score, source })),
    references: references.map(({ id, kind, source }) => ({ id, kind, source })),
  };
}

import { createHashingEmbedder } from '../../../../activities/adapters/hashing-embedder.ts';
import { shippedExamples } from '../../../../activities/adapters/shipped-examples.ts';
import { shippedRecords } from '../../../../activities/adapters/shipped-records.ts';
import { isVisible, mayRecall, type RecallMode } from '../../../../kb/benchmark/split.ts';
import {
  causeEvidence,
  exampleWords,
  learnCauseWords,
  withoutSource,
  type WordEvidence,
} from '../../../../kb/retrieval/cause-words.ts';
import { openLibrary, type Library } from '../../../../kb/retrieval/library.ts';
import { queryOfText } from '../../../../kb/retrieval/query.ts';
import { candidatesMax, candidatesOf, rankCandidates } from '../../../../kb/retrieval/rank.ts';
import { recallableOf, type Recallable } from '../../../../kb/retrieval/recallable.ts';
import { exactIndex } from '../cluster/exact-index.ts';

/** An incident of the knowledge base that resembles a question. */
export interface RecalledIncident {
  readonly id: string;
  readonly category: string;
  readonly source: string;
  /** 0 to 1. */
  readonly score: number;
  /** Symptom, cause and what was done, in the record's words. */
  readonly text: string;
}

export interface QuestionRecall {
  /** What may be shown for a question about a record, best first. `kinds`: what detectors read in the text. */
  similar(
    mode: RecallMode,
    record: string,
    text: string,
    kinds: readonly string[],
  ): Promise<readonly RecalledIncident[]>;
  /** What words say of causes, as incidents, lines and written texts teach them that may be shown for such a question. */
  words(mode: RecallMode, record: string): (text: string) => readonly WordEvidence[];
}

/** As many as an incident is told of. */
const similarMax = 5;

/** The shipped records, searched by words and likeness as in the product, without a server. */
export async function openQuestionRecall(): Promise<QuestionRecall> {
  const { records } = await shippedRecords();
  const all = records.map((record) => recallableOf(record));
  const visible = all.filter(({ id }) => isVisible(id));
  // One record more is asked for than is shown, and the question's own is left out: in `deployed` nothing else differs.
  const shelves = { fair: await shelf(visible), deployed: await shelf(all) };
  const sourceOf = new Map(all.map(({ id, source }) => [id, source]));
  const hidden = new Set(all.filter(({ id }) => !isVisible(id)).map(({ source }) => source));
  const examples = await shippedExamples(all);
  const learned = {
    // Lines that detectors know from hidden records are hidden with them.
    fair: learnCauseWords(examples.filter(({ source }) => !hidden.has(source))),
    deployed: learnCauseWords(examples),
  };
  return {
    words(mode, record) {
      const known = withoutSource(learned[mode], sourceOf.get(record) ?? '');
      return (text) => causeEvidence(known, exampleWords(text));
    },
    async similar(mode, record, text, kinds) {
      const found = await shelves[mode](text, kinds);
      return found.filter(({ id }) => mayRecall(mode, id, record)).slice(0, similarMax);
    },
  };
}

type Shelf = (text: string, kinds: readonly string[]) => Promise<readonly RecalledIncident[]>;

async function shelf(entries: readonly Recallable[]): Promise<Shelf> {
  const library: Library = openLibrary(entries);
  const embedder = createHashingEmbedder();
  const index = await exactIndex(embedder, entries);
  return async (text, kinds) => {
    const query = queryOfText(text, kinds);
    const [vector = []] = await embedder.embed([query.prose]);
    const dense = await index.nearest(vector, { count: candidatesMax, filter: {} });
    const words = library.words(query.words, candidatesMax, {});
    const ranked = rankCandidates(candidatesOf(library, { dense, words, kinds: query.kinds }));
    return ranked.flatMap(({ id, score }): RecalledIncident[] => {
      const entry = library.entries.get(id);
      if (entry === undefined || entry.kind !== 'incident' || entry.category === null) return [];
      const { category, source, text: told } = entry;
      return [{ id, category, source, score: Number(score.toFixed(4)), text: told }];
    });
  };
}

import { stemmer } from 'stemmer';
import { categories, type Category } from '../taxonomy.ts';
import { solveRidge, sparseRows, type SparseRows } from './ridge.ts';

/** Words whose cause is known. */
export interface WordExample {
  /** The id of a record, the address of a case, the id of a kind of finding. */
  readonly id: string;
  readonly category: Category;
  /** Where it was published: one that is measured must not be its own example. */
  readonly source: string;
  readonly words: WordCounts;
  /** An incident may be shown as one that is alike; lines that a detector knows teach words alone. */
  readonly isIncident: boolean;
}

/** How often each word stands in a text. */
export type WordCounts = ReadonlyMap<string, number>;

/** What words say of one cause. */
export interface WordEvidence {
  readonly category: Category;
  /** ln of a likelihood ratio. */
  readonly weight: number;
  /** Ids of the examples of this cause that are most alike, best first. */
  readonly like: readonly string[];
}

/** What was learned of causes from examples: plain data, to be kept. */
export interface CauseWords {
  readonly causes: readonly Category[];
  /** Share of the examples that have each cause. */
  readonly shares: readonly number[];
  readonly examples: readonly Omit<WordExample, 'words'>[];
  /** Length of each example's vector. */
  readonly lengths: readonly number[];
  readonly holders: ReadonlyMap<string, Held>;
  /** The examples' vectors, each of length 1. */
  readonly rows: SparseRows;
  /** For each cause, what each example says for it. */
  readonly weights: readonly (readonly number[])[];
}

/** The examples that have a word, and how much of it: the square root of how often, for a word that comes again says less. */
interface Held {
  readonly by: readonly number[];
  readonly much: readonly number[];
}

// Longer texts repeat themselves.
const textCharsMax = 12_000;

/**
 * Names, their parts (`ncclInternalError`: nccl, internal, error) and short numbers (error codes, Xids), cut to their stems
 * (Porter 1980); addresses, hashes and long numbers are different every time.
 */
export function exampleWords(text: string): WordCounts {
  const plain = text.slice(0, textCharsMax).replaceAll(/0x[0-9a-f]+|\b[0-9a-f]{8,}\b/gi, ' ');
  const found = (plain.match(/[a-z][a-z0-9]+|(?<!\d)\d{2,3}(?!\d)/gi) ?? []).flatMap((name) => {
    const parts = (name.match(namePart) ?? []).filter(({ length }) => length > 1);
    return (parts.length > 1 ? [name, ...parts] : [name]).map((word) => stemmer(word.toLowerCase()));
  });
  // In one order, so that sums over them are the same to the last bit.
  const counts = new Map([...new Set(found)].toSorted().map((word) => [word, 0]));
  for (const word of found) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** `CUDAError2` has three: capitals, a word with its capital, digits. */
const namePart = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|(?<!\d)\d{2,3}(?!\d)/g;

// Regularisation of one unit-length example, and how steeply scores become odds: both by leaving one out over the records
// that ship (test/kb/retrieval/cause-words.test.ts looks that they are still near the best).
const ridge = 1;
const steepness = 26;
// Fewer words in common with all examples are no text.
const knownWordsMin = 6;
// Words alone are never surer than this: a cause that none of the examples resembles stays possible.
const floor = 0.001;

/**
 * Regularised least squares on the words that examples share (Rifkin, Yeo & Poggio 2003, "Regularized least-squares
 * classification"): one score for each cause, made into probabilities by a softmax. Examples are few and their words many,
 * so it is solved in its dual form; the same examples give the same numbers.
 */
export function learnCauseWords(examples: readonly WordExample[]): CauseWords {
  const holders = new Map<string, { by: number[]; much: number[] }>();
  for (const [i, { words }] of examples.entries())
    for (const [word, count] of words) {
      const held = holders.get(word) ?? { by: [], much: [] };
      held.by.push(i);
      held.much.push(Math.sqrt(count));
      holders.set(word, held);
    }
  const lengths = examples.map(({ words }) => lengthOf(words, holders, examples.length));
  const causes = categories.filter((category) => examples.some((one) => one.category === category));
  const shares = causes.map((cause) => examples.filter(({ category }) => category === cause).length / examples.length);
  const rows = rowsOf(holders, lengths);
  const weights = causes.map((cause, at) => [
    ...solveRidge(
      rows,
      ridge,
      examples.map(({ category }) => (category === cause ? 1 : 0) - (shares[at] ?? 0)),
    ),
  ]);
  const known = examples.map(({ words: _words, ...example }) => example);
  return { causes, shares, examples: known, lengths, holders, rows, weights };
}

function rowsOf(holders: CauseWords['holders'], lengths: readonly number[]): SparseRows {
  const rows = lengths.map((): [number, number][] => []);
  for (const [column, { by, much }] of [...holders.values()].entries())
    for (const [at, i] of by.entries())
      rows[i]?.push([column, (rarity(by.length, lengths.length) * (much[at] ?? 0)) / (lengths[i] ?? 1)]);
  return sparseRows(holders.size, rows);
}

/**
 * The same without what was published at one place: what was learned from it is taken out of every weight, which is the
 * solution of the smaller system (shares of causes and rarity of words stay those of all).
 */
export function withoutSource(learned: CauseWords, source: string): CauseWords {
  const out = new Set(learned.examples.flatMap((example, i) => (example.source === source ? [i] : [])));
  if (out.size === 0) return learned;
  const inverse: { readonly of: number; readonly column: Float64Array }[] = [];
  let weights = learned.weights;
  for (const one of out) {
    const column = inverse.reduce(
      (left, gone) =>
        left.map((value, i) => value - ((gone.column[i] ?? 0) * (left[gone.of] ?? 0)) / (gone.column[gone.of] ?? 1)),
      solveRidge(
        learned.rows,
        ridge,
        learned.examples.map((_example, i) => (i === one ? 1 : 0)),
      ),
    );
    inverse.push({ of: one, column });
    weights = weights.map((ofCause) => {
      const share = (ofCause[one] ?? 0) / (column[one] ?? 1);
      return ofCause.map((weight, i) => weight - share * (column[i] ?? 0));
    });
  }
  // What nobody else says is not known any more.
  const holders = new Map([...learned.holders].filter(([, { by }]) => !by.every((i) => out.has(i))));
  const examples = learned.examples.map((example, i) => (out.has(i) ? { ...example, isIncident: false } : example));
  return { ...learned, examples, holders, weights };
}

/** What words say of every cause that has examples; nothing where hardly a word is known. */
export function causeEvidence(learned: CauseWords, words: WordCounts): readonly WordEvidence[] {
  if ([...words.keys()].filter((word) => learned.holders.has(word)).length < knownWordsMin) return [];
  const like = likenessTo(learned, words);
  const scores = learned.weights.map((weights) => like.reduce((sum, one, i) => sum + one * (weights[i] ?? 0), 0));
  return evidenceOf(learned, scores).map(([category, weight]) => ({
    category,
    weight,
    like: nearest(learned, like, category),
  }));
}

function likenessTo({ holders, lengths }: CauseWords, words: WordCounts): readonly number[] {
  const length = lengthOf(words, holders, lengths.length);
  const like = lengths.map(() => 0);
  for (const [word, count] of words) {
    const { by, much } = holders.get(word) ?? { by: [], much: [] };
    const weight = (rarity(by.length, lengths.length) ** 2 * Math.sqrt(count)) / length;
    for (const [at, i] of by.entries()) add(like, i, (weight * (much[at] ?? 0)) / (lengths[i] ?? 1));
  }
  return like;
}

function add(values: Float64Array | number[], at: number, amount: number): void {
  values[at] = (values[at] ?? 0) + amount;
}

function lengthOf(words: WordCounts, holders: CauseWords['holders'], count: number): number {
  let sum = 0;
  for (const [word, times] of words) {
    const held = holders.get(word)?.by.length;
    if (held !== undefined) sum += rarity(held, count) ** 2 * times;
  }
  return Math.sqrt(sum);
}

/** Rare words weigh more (Spärck Jones 1972). */
function rarity(held: number, count: number): number {
  return Math.log((1 + count) / (1 + held)) + 1;
}

const likeMax = 3;

function nearest({ examples }: CauseWords, like: readonly number[], cause: Category): readonly string[] {
  return examples
    .map(({ id, category, isIncident }, i) => ({
      id,
      isNear: isIncident && category === cause,
      likeness: like[i] ?? 0,
    }))
    .filter(({ isNear, likeness }) => isNear && likeness > 0)
    .toSorted((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1))
    .slice(0, likeMax)
    .map(({ id }) => id);
}

function evidenceOf(
  { causes, shares }: CauseWords,
  scores: readonly number[],
): readonly (readonly [Category, number])[] {
  const top = Math.max(...scores);
  const masses = scores.map((score) => Math.exp(steepness * (score - top)));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return causes.map((cause, at) => [
    cause,
    Math.log(((masses[at] ?? 0) / total + floor) / ((shares[at] ?? 0) + floor)),
  ]);
}

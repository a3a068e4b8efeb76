import type { ProbeWord } from '../schemas/probe.ts';
import { siblingsMin } from './siblings.ts';

/** What one node said in one batch. */
export interface NodeWords<T extends ProbeWord> {
  readonly node: string;
  readonly words: readonly T[];
}

/** A node, or a device of it, whose word is not that of its siblings. */
export interface OddWord<T extends ProbeWord> {
  readonly node: string;
  readonly name: string;
  /** `null`: the node has none, and most have one. */
  readonly word: T | null;
  /** What most have; `null`: they have none. */
  readonly usual: string | null;
  /** One of those that have it, for what a missing word is reported as. */
  readonly example: T | null;
  readonly agreeing: number;
  readonly siblings: number;
}

/** Words of one reading that are compared: more than a trainer has settings that matter. */
export const wordsMax = 512;

/**
 * Words that a minority does not share with the majority of its siblings at the same moment. More than half of them and
 * at least `siblingsMin` have to agree, else nobody can say who is odd. What every node has another one of (its own
 * name) has no majority and is never odd.
 */
export function oddWords<T extends ProbeWord>(nodes: readonly NodeWords<T>[]): readonly OddWord<T>[] {
  const groups = Map.groupBy(
    nodes.flatMap(({ node, words }) => words.slice(0, wordsMax).map((word) => ({ node, word }))),
    ({ word }) => word.group ?? '',
  );
  return [...groups].flatMap(([group, said]) => {
    const places = [...new Set((group === '' ? nodes : said).map(({ node }) => node))];
    return [...Map.groupBy(said, ({ word }) => word.name)].flatMap(([name, ones]) => oddOf(name, ones, places));
  });
}

interface Said<T> {
  readonly node: string;
  readonly word: T | null;
}

function oddOf<T extends ProbeWord>(
  name: string,
  ones: readonly { readonly node: string; readonly word: T }[],
  places: readonly string[],
): readonly OddWord<T>[] {
  const having = new Set(ones.map(({ node }) => node));
  // Devices differ in number; a node without one of them is another probe's matter.
  const lacking = ones.some(({ word }) => word.device !== undefined)
    ? []
    : places.filter((node) => !having.has(node)).map((node): Said<T> => ({ node, word: null }));
  const all: readonly Said<T>[] = [...ones, ...lacking];
  const values = [...Map.groupBy(all, ({ word }) => word?.value ?? null)];
  const [usual, agreeing = []] = values.toSorted(([, a], [, b]) => b.length - a.length)[0] ?? [null];
  if (agreeing.length < siblingsMin || 2 * agreeing.length <= all.length) return [];
  return all
    .filter(({ word }) => (word?.value ?? null) !== usual)
    .map(({ node, word }) => ({
      node,
      name,
      word,
      usual,
      example: agreeing[0]?.word ?? null,
      agreeing: agreeing.length,
      siblings: all.length - 1,
    }));
}

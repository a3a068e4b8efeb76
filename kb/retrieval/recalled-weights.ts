import { categories, type Category } from '../taxonomy.ts';
import type { RecalledWeight } from '../reasoning/hypotheses.ts';

// A similar incident doubles the odds of its cause at most: likeness of words is a hint, never a proof (our judgement).
const weightMax = Math.log(2);

/** What recalled incidents say for their categories; several of one category say no more than the best of them. */
export function recalledWeights(
  top: readonly { readonly problemkey: string; readonly category: string; readonly score: number }[],
  most = weightMax,
): readonly RecalledWeight[] {
  return [...Map.groupBy(top, ({ category }) => category)].flatMap(([name, records]) => {
    const category = knownCategory(name);
    if (category === null) return [];
    const best = Math.max(...records.map(({ score }) => score));
    return [{ category, weight: most * Math.min(1, best), problemkeys: records.map(({ problemkey }) => problemkey) }];
  });
}

function knownCategory(name: string): Category | null {
  return categories.find((category) => category === name) ?? null;
}

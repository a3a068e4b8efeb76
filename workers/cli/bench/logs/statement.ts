/** Fills in what varies in a line: one draw for each name in braces of a print statement. */
export type Field = (random: () => number) => string;

/** Writes one line without its line break. */
export type Statement = (random: () => number) => string;

/** A print statement such as `Loaded shard {n4} of {word}`; names that `fields` lacks stay as they are written. */
export function statement(text: string, fields: ReadonlyMap<string, Field>): Statement {
  const words: string[] = [];
  const draws: Field[] = [];
  let plain = '';
  for (const part of text.split(/(\{\w{1,20}\})/)) {
    const field = part.startsWith('{') ? fields.get(part.slice(1, -1)) : undefined;
    if (field === undefined) {
      plain += part;
      continue;
    }
    words.push(plain);
    draws.push(field);
    plain = '';
  }
  const last = plain;
  return (random) => {
    let line = '';
    for (let at = 0; at < draws.length; at += 1) line += (words[at] ?? '') + (draws[at]?.(random) ?? '');
    return line + last;
  };
}

/**
 * One of many, the first the most often: the k-th comes with a probability proportional to 1/k, as print statements of
 * real systems roughly do (Zhu et al. 2019, "Tools and benchmarks for automated log parsing", ICSE-SEIP).
 */
export function zipfChoice<T>(items: readonly T[]): (random: () => number) => T {
  const weights = items.map((_, at) => 1 / (at + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // A table: one look instead of a search for each of millions of lines.
  const table: T[] = [];
  for (const [at, item] of items.entries()) {
    const places = Math.max(1, Math.round(((weights[at] ?? 0) / total) * tableSize));
    for (let place = 0; place < places; place += 1) table.push(item);
  }
  return (random) => {
    const item = table[Math.floor(random() * table.length)];
    if (item === undefined) throw new Error('a choice needs something to choose from');
    return item;
  };
}

const tableSize = 8_192;

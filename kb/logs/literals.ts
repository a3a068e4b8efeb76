/** Finds which of many literals stand in a text, without regard to ASCII case, in one pass (Aho-Corasick). */
export interface LiteralSet {
  /** Calls `hit` with the literal's index for each one found; an index may come more than once. */
  find(text: string, hit: (literal: number) => void): void;
}

export function literalSet(literals: readonly string[]): LiteralSet {
  const classes = characterClasses(literals);
  const width = classes.count;
  const { next, ends } = automaton(literals, classes);
  const classOf = classes.of;
  return {
    find(text, hit) {
      let state = 0;
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        // Both tables cover every index that can come up here: 128 units, and each state times its width.
        state = next[state * width + (unit < 128 ? (classOf[unit] ?? 0) : 0)] ?? 0;
        const found = ends[state];
        if (found !== undefined && found !== null) for (const literal of found) hit(literal);
      }
    },
  };
}

interface Classes {
  /** Class of each ASCII unit; 0 is "in no literal". Upper and lower case share one. */
  readonly of: Uint8Array;
  readonly count: number;
}

function characterClasses(literals: readonly string[]): Classes {
  const of = new Uint8Array(128);
  let count = 1;
  for (const literal of literals)
    for (const unit of unitsOf(literal)) {
      if (of[unit] !== 0) continue;
      of[unit] = count;
      if (unit >= 97 && unit <= 122) of[unit - 32] = count;
      count += 1;
    }
  return { of, count };
}

function unitsOf(literal: string): readonly number[] {
  const units = Array.from(literal.toLowerCase(), (character) => character.charCodeAt(0));
  if (units.length === 0 || units.some((unit) => unit >= 128))
    throw new Error(`literal "${literal}" is empty or not plain ASCII`);
  return units;
}

interface Automaton {
  readonly next: Int32Array;
  readonly ends: readonly (readonly number[] | null)[];
}

function automaton(literals: readonly string[], classes: Classes): Automaton {
  const width = classes.count;
  const statesMax = 1 + literals.reduce((sum, literal) => sum + literal.length, 0);
  const next = new Int32Array(statesMax * width);
  const ends: (number[] | null)[] = [null];
  const at = (state: number, cls: number): number => next[state * width + cls] ?? 0;
  let states = 1;
  literals.forEach((literal, index) => {
    let state = 0;
    for (const unit of unitsOf(literal)) {
      const cls = classes.of[unit] ?? 0;
      if (at(state, cls) === 0) {
        next[state * width + cls] = states;
        ends.push(null);
        states += 1;
      }
      state = at(state, cls);
    }
    ends[state] = [...(ends[state] ?? []), index];
  });
  const fallback = new Int32Array(states);
  const queue: number[] = [];
  for (let cls = 0; cls < width; cls += 1) if (at(0, cls) !== 0) queue.push(at(0, cls));
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    const behind = fallback[state] ?? 0;
    const inherited = ends[behind];
    if (inherited !== null && inherited !== undefined) ends[state] = [...(ends[state] ?? []), ...inherited];
    for (let cls = 0; cls < width; cls += 1) {
      const child = at(state, cls);
      if (child === 0) next[state * width + cls] = at(behind, cls);
      else {
        fallback[child] = at(behind, cls);
        queue.push(child);
      }
    }
  }
  return { next: next.slice(0, states * width), ends };
}

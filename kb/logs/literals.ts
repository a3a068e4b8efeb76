/**
 * Finds which of many literals stand in a text, without regard to ASCII case, in one pass (Aho and Corasick 1975,
 * "Efficient string matching", CACM 18(6)). The tables are open so that the pass over raw bytes can walk them itself.
 */
export interface LiteralAutomaton {
  /** Class of each byte; 0 is "in no literal". Upper and lower case share one. */
  readonly classOf: Uint8Array;
  /** `next[state * width + class]` is the next state; 0 is the start. */
  readonly next: StateNumbers;
  readonly width: number;
  /** From this state on, literals end. */
  readonly endsFrom: number;
  /** The literals that end at a state, by its index in the list that the automaton was made of. */
  ends(state: number): Int32Array;
  /** Calls `hit` with the literal's index for each one found; an index may come more than once. */
  find(text: string, hit: (literal: number) => void): void;
}

export function literalAutomaton(literals: readonly string[]): LiteralAutomaton {
  const { classOf, count: width } = characterClasses(literals);
  const built = trie(literals, classOf, width);
  link(built, width);
  const { next, endsFrom, endsOf } = nearestFirst(built, width);
  const none = new Int32Array(0);
  const ends = (state: number): Int32Array => endsOf[state - endsFrom] ?? none;
  return {
    classOf,
    next,
    width,
    endsFrom,
    ends,
    find(text, hit) {
      let state = 0;
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        // Both tables cover every index that can come up here.
        state = next[state * width + (unit < 256 ? (classOf[unit] ?? 0) : 0)] ?? 0;
        if (state >= endsFrom) for (const literal of ends(state)) hit(literal);
      }
    },
  };
}

function characterClasses(literals: readonly string[]): { readonly classOf: Uint8Array; readonly count: number } {
  const classOf = new Uint8Array(256);
  let count = 1;
  for (const literal of literals)
    for (const unit of unitsOf(literal)) {
      if (classOf[unit] !== 0) continue;
      classOf[unit] = count;
      if (unit >= 97 && unit <= 122) classOf[unit - 32] = count;
      count += 1;
    }
  return { classOf, count };
}

function unitsOf(literal: string): readonly number[] {
  const units = Array.from(literal.toLowerCase(), (character) => character.charCodeAt(0));
  if (units.length === 0 || units.some((unit) => unit >= 128))
    throw new Error(`literal "${literal}" is empty or not plain ASCII`);
  return units;
}

type StateNumbers = Uint16Array | Uint32Array;

/** A row for each state; half the memory where the numbers allow it, of which more stays in the processor's caches. */
function stateNumbers(states: number, width: number): StateNumbers {
  return states <= 2 ** 16 ? new Uint16Array(states * width) : new Uint32Array(states * width);
}

interface Trie {
  /** Row after row; before it is linked, 0 is "no child". */
  readonly rows: StateNumbers;
  readonly states: number;
  readonly endsOf: (Int32Array | null)[];
}

function trie(literals: readonly string[], classOf: Uint8Array, width: number): Trie {
  const statesMax = 1 + literals.reduce((sum, literal) => sum + literal.length, 0);
  const rows = stateNumbers(statesMax, width);
  const endsOf: (Int32Array | null)[] = [null];
  literals.forEach((literal, index) => {
    let state = 0;
    for (const unit of unitsOf(literal)) {
      const cell = state * width + (classOf[unit] ?? 0);
      if (rows[cell] === 0) {
        rows[cell] = endsOf.length;
        endsOf.push(null);
      }
      state = rows[cell] ?? 0;
    }
    endsOf[state] = Int32Array.of(...(endsOf[state] ?? []), index);
  });
  return { rows, states: endsOf.length, endsOf };
}

/** Follows each failed step to the longest suffix that is still a prefix of some literal, breadth first, in place. */
function link({ rows, states, endsOf }: Trie, width: number): void {
  const fallback = new Int32Array(states);
  const queue: number[] = [];
  for (let cls = 0; cls < width; cls += 1) if ((rows[cls] ?? 0) !== 0) queue.push(rows[cls] ?? 0);
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    const behind = fallback[state] ?? 0;
    const inherited = endsOf[behind];
    if (inherited !== null && inherited !== undefined)
      endsOf[state] = Int32Array.of(...(endsOf[state] ?? []), ...inherited);
    for (let cls = 0; cls < width; cls += 1) {
      const cell = state * width + cls;
      const child = rows[cell] ?? 0;
      const other = rows[behind * width + cls] ?? 0;
      if (child === 0) rows[cell] = other;
      else {
        fallback[child] = other;
        queue.push(child);
      }
    }
  }
}

/**
 * Numbers the states by their distance from the start, those at which literals end last: the ones that most bytes lead to
 * share few cache lines, and one comparison tells an end.
 */
function nearestFirst({ rows, states, endsOf }: Trie, width: number) {
  const order = nearest(rows, states, width);
  const plain = order.filter((state) => endsOf[state] === null);
  const ending = order.filter((state) => endsOf[state] !== null);
  const numberOf = new Int32Array(states);
  for (const [number, state] of [...plain, ...ending].entries()) numberOf[state] = number;
  const next = stateNumbers(states, width);
  for (let state = 0; state < states; state += 1) {
    const row = (numberOf[state] ?? 0) * width;
    for (let cls = 0; cls < width; cls += 1) next[row + cls] = numberOf[rows[state * width + cls] ?? 0] ?? 0;
  }
  return { next, endsFrom: plain.length, endsOf: ending.map((state) => endsOf[state] ?? null) };
}

/** All states, breadth first. */
function nearest(rows: StateNumbers, states: number, width: number): readonly number[] {
  const seen = new Uint8Array(states);
  const order: number[] = [0];
  seen[0] = 1;
  for (let head = 0; head < order.length; head += 1) {
    const row = (order[head] ?? 0) * width;
    for (let cls = 0; cls < width; cls += 1) {
      const to = rows[row + cls] ?? 0;
      if (seen[to] === 1) continue;
      seen[to] = 1;
      order.push(to);
    }
  }
  return order;
}

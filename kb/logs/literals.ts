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
  const built = trie(literals, classOf);
  const { next, endsFrom, endsOf } = nearestFirst(built, link(built), width);
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

const utf8 = new TextEncoder();

function unitsOf(literal: string): Uint8Array {
  const units = utf8.encode(literal.toLowerCase());
  if (units.length === 0 || units.some((unit) => unit >= 128))
    throw new Error(`literal "${literal}" is empty or not plain ASCII`);
  return units;
}

type StateNumbers = Uint16Array | Uint32Array;

/** A row for each state; half the memory where the numbers allow it, of which more stays in the processor's caches. */
function stateNumbers(states: number, width: number): StateNumbers {
  return states <= 2 ** 16 ? new Uint16Array(states * width) : new Uint32Array(states * width);
}

/** Children as lists, which few states have more than one of: rows are only filled in once all links are known. */
interface Trie {
  readonly states: number;
  /** 0 is "none": the start is nobody's child. */
  readonly firstChild: Int32Array;
  readonly sibling: Int32Array;
  /** The class that leads to a state from its parent. */
  readonly classTo: Uint8Array;
  readonly endsOf: Map<number, readonly number[]>;
}

function trie(literals: readonly string[], classOf: Uint8Array): Trie {
  const statesMax = 1 + literals.reduce((sum, literal) => sum + literal.length, 0);
  const made = {
    firstChild: new Int32Array(statesMax),
    sibling: new Int32Array(statesMax),
    classTo: new Uint8Array(statesMax),
    endsOf: new Map<number, readonly number[]>(),
  };
  let states = 1;
  for (const [index, literal] of literals.entries()) {
    let state = 0;
    for (const unit of unitsOf(literal)) {
      const cls = classOf[unit] ?? 0;
      let child = childOf(made, state, cls);
      if (child === 0) {
        child = states;
        states += 1;
        made.classTo[child] = cls;
        made.sibling[child] = made.firstChild[state] ?? 0;
        made.firstChild[state] = child;
      }
      state = child;
    }
    made.endsOf.set(state, [...(made.endsOf.get(state) ?? []), index]);
  }
  return { states, ...made };
}

function childOf(
  { firstChild, sibling, classTo }: Pick<Trie, 'firstChild' | 'sibling' | 'classTo'>,
  state: number,
  cls: number,
): number {
  let child = firstChild[state] ?? 0;
  while (child !== 0 && classTo[child] !== cls) child = sibling[child] ?? 0;
  return child;
}

interface Links {
  /** All states, nearest to the start first. */
  readonly order: Int32Array;
  /** Of each state, the longest suffix of what leads to it that is a prefix of some literal as well. */
  readonly fallback: Int32Array;
}

/** Where a failed step goes on; what ends at a state's fallback ends there, too. */
function link(built: Trie): Links {
  const order = new Int32Array(built.states);
  const fallback = new Int32Array(built.states);
  let tail = 1;
  for (let head = 0; head < tail; head += 1) {
    const state = order[head] ?? 0;
    for (let child = built.firstChild[state] ?? 0; child !== 0; child = built.sibling[child] ?? 0) {
      order[tail] = child;
      tail += 1;
      if (state === 0) continue;
      const behind = suffixOf(built, fallback, state, built.classTo[child] ?? 0);
      fallback[child] = behind;
      const inherited = built.endsOf.get(behind);
      if (inherited !== undefined) built.endsOf.set(child, [...(built.endsOf.get(child) ?? []), ...inherited]);
    }
  }
  return { order, fallback };
}

function suffixOf(built: Trie, fallback: Int32Array, parent: number, cls: number): number {
  for (let state = fallback[parent] ?? 0; ; state = fallback[state] ?? 0) {
    const child = childOf(built, state, cls);
    if (child !== 0 || state === 0) return child;
  }
}

/**
 * Numbers the states by their distance from the start, those at which literals end last: the ones that most bytes lead to
 * share few cache lines, and one comparison tells an end. A row is that of its fallback but for its own children.
 */
function nearestFirst(built: Trie, { order, fallback }: Links, width: number) {
  const { states, firstChild, sibling, classTo, endsOf } = built;
  const plain = order.filter((state) => !endsOf.has(state));
  const ending = order.filter((state) => endsOf.has(state));
  const numberOf = new Int32Array(states);
  plain.forEach((state, number) => (numberOf[state] = number));
  ending.forEach((state, number) => (numberOf[state] = plain.length + number));
  const next = stateNumbers(states, width);
  for (const state of order) {
    const row = (numberOf[state] ?? 0) * width;
    const like = (numberOf[fallback[state] ?? 0] ?? 0) * width;
    if (like !== row) next.copyWithin(row, like, like + width);
    for (let child = firstChild[state] ?? 0; child !== 0; child = sibling[child] ?? 0)
      next[row + (classTo[child] ?? 0)] = numberOf[child] ?? 0;
  }
  return {
    next,
    endsFrom: plain.length,
    endsOf: Array.from(ending, (state) => Int32Array.from(endsOf.get(state) ?? [])),
  };
}

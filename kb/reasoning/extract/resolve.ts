import type { Roster } from './roster.ts';

/** Addresses that were spoken of together. */
export interface Mentioned {
  readonly message: number;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly addresses: readonly string[];
}

const counts: Readonly<Record<string, number>> = {
  both: 2,
  either: 2,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
};
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];

const healthy = /^(?:good|healthy|clean|fine|working|unaffected|quick|fast|innocent|sane|intact|undamaged|normal)$/;

/** Whom "both", "the other two", "the third machine" mean; none where that can not be said. */
export function resolve(pointer: string, roster: Roster, history: readonly Mentioned[]): readonly string[] {
  const words = pointer.split(/\s+/);
  const many = words.map((word) => counts[word] ?? (/^[2-8]$/.test(word) ? Number(word) : 0)).find((each) => each > 0);
  const nodes = roster.nodes();
  const unions = unionsOf(history, nodes);
  if (/\b(?:other|others|rest|remaining|remainder)\b/.test(pointer)) {
    const single = /\bother (?:one|node|machine|host|box|server|system)\b/.test(pointer) ? 1 : undefined;
    return othersOf(roster, nodes, unions, many ?? single);
  }
  if (/\b(?:latter|former)\b/.test(pointer)) {
    const pair = unions.find((each) => each.length > 1) ?? [];
    return pair.slice(...(words.includes('latter') ? [-1] : [0, 1]));
  }
  const listed = words.map((word) => ordinals.indexOf(word.replace(',', ''))).filter((at) => at >= 0);
  if (listed.length > 1) return listed.flatMap((at) => nodes[at] ?? []);
  if (words.includes('last')) return nodes.slice(-(many ?? 1));
  const ordinal = ordinals.findIndex((each) => words.includes(each));
  if (ordinal === 0 && many !== undefined) return nodes.slice(0, many);
  if (ordinal >= 0) return nodes.slice(ordinal, ordinal + 1);
  if (many === undefined && /^(?:all|each|every|any)\b/.test(pointer))
    return nodes.filter((address) => roster.find(address)?.isOut === false);
  const told = describedBy(words, roster, nodes);
  if (told.length > 0) return told;
  if (words.some((word) => healthy.test(word))) return othersOf(roster, nodes, unions, many);
  if (pointer === 'there') return unions[0] ?? [];
  if (many === undefined && ordinal < 0 && /^the \w+ ones?$/.test(pointer)) return [];
  if (/^(?:that|this) /.test(pointer))
    return history.findLast(({ addresses }) => addresses.length === 1)?.addresses ?? [];
  if (many === undefined) return unions.find((each) => each.length === 1) ?? [];
  const active = roster.active();
  const near = unions.filter((each) => each.length === many);
  const sized = [active, nodes].filter((each) => each.length === many);
  const isNear = /^(?:those|these)\b/.test(pointer);
  return (
    (isNear ? [...near, ...sized] : [...sized.slice(0, 1), ...near, ...sized])[0] ??
    (many === 2 && words[0] === 'both' ? active : [])
  );
}

/** "the two drained ones": those whose line says it. */
function describedBy(words: readonly string[], roster: Roster, nodes: readonly string[]): readonly string[] {
  const telling = words.find(
    (word) =>
      !(word in counts) &&
      !/^(?:the|those|these|all|of|them|each|ones?|nodes?|machines?|hosts?|box(?:es)?|servers?|systems?|workers?|\d)$/.test(
        word,
      ),
  );
  return telling === undefined
    ? []
    : nodes.filter((address) => (roster.find(address)?.row ?? '').toLowerCase().includes(telling));
}

/** What was spoken of last, first: single groups of the last message, then all of each message. */
function unionsOf(history: readonly Mentioned[], nodes: readonly string[]): readonly (readonly string[])[] {
  const groups = history
    .map((each) => ({ ...each, addresses: each.addresses.filter((address) => nodes.includes(address)) }))
    .filter(({ addresses }) => addresses.length > 0);
  const messages = [...new Set(groups.map(({ message }) => message))].toReversed();
  return messages.flatMap((message) => {
    const own = groups.filter((each) => each.message === message).map(({ addresses }) => addresses);
    return [...own.toReversed(), [...new Set(own.flat())]];
  });
}

function othersOf(
  roster: Roster,
  nodes: readonly string[],
  unions: readonly (readonly string[])[],
  many: number | undefined,
): readonly string[] {
  const active = roster.active();
  const left = (from: readonly string[], without: readonly string[]): readonly string[] =>
    from.filter((address) => !without.includes(address));
  const recent = unions.filter((each) => each.length < nodes.length);
  const candidates = [
    ...recent.slice(0, 1).map((each) => left(active, each)),
    ...recent.slice(0, 3).map((each) => left(nodes, each)),
    ...recent.slice(1, 3).map((each) => left(active, each)),
    left(nodes, active),
  ].filter((each) => each.length > 0);
  return (many === undefined ? candidates[0] : candidates.find((each) => each.length === many)) ?? [];
}

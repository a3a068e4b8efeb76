import type { FindingRole } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { LogDetector, LogLine, Match } from '../schemas/detector.ts';
import { literalAutomaton, type LiteralAutomaton } from './literals.ts';

/** Detectors made ready to run over many lines: one automaton for the literals of all, and who asked for which. */
export interface Matchers {
  readonly automaton: LiteralAutomaton;
  readonly kinds: ReadonlyMap<string, FindingKind>;
  readonly roleOf: (kind: string) => FindingRole;
  /**
   * What detectors read from one line, given the literals that stand in it (`count` of `hits`). One line is one piece of
   * evidence: the first detector that reads a cause from it, the most specific by list order, speaks for it. What it says
   * besides (a symptom, a version) does not compete.
   */
  match(line: Pick<LogLine, 'text'>, hits: ArrayLike<number>, count: number): readonly Match[];
  /** Whether any detector asks for one of these literals: only then can a line match. */
  isAsked(hits: ArrayLike<number>, count: number): boolean;
  /** The same for a text whose literals nobody has looked for yet. */
  matchText(line: Pick<LogLine, 'text'>): readonly Match[];
  /** How many literals the automaton knows. */
  readonly literals: number;
  /** Extra literals by name, which the automaton carries for others than detectors. */
  readonly extra: ReadonlyMap<string, number>;
}

export function compileMatchers(detectors: readonly LogDetector[], extraLiterals: readonly string[] = []): Matchers {
  const parts = detectors.flatMap((detector, owner) =>
    (detector.parts ?? [detector]).map((part) => ({
      owner,
      literals: part.literals,
      part,
      ifUnread: detector.ifUnread === true,
    })),
  );
  const { literals, askers } = literalTable(parts, extraLiterals);
  const automaton = literalAutomaton(literals);
  const kinds = new Map(detectors.flatMap((detector) => detector.kinds.map((kind) => [kind.id, kind] as const)));

  // Names that detectors put together are new strings each time, which a map has to read through; storms repeat one.
  let last: FindingKind | undefined;
  const roleOf = (kind: string): FindingRole => {
    if (last?.id === kind) return last.role;
    const known = kinds.get(kind);
    if (known === undefined) throw new Error(`a detector reported ${kind}, which it does not list`);
    last = known;
    return known.role;
  };

  const wanted: number[] = [];
  const match = (line: Pick<LogLine, 'text'>, hits: ArrayLike<number>, count: number): readonly Match[] => {
    wanted.length = 0;
    for (let at = 0; at < count; at += 1)
      for (const asker of askers[hits[at] ?? -1] ?? []) if (!wanted.includes(asker)) wanted.push(asker);
    if (wanted.length === 0) return none;
    if (wanted.length > 1) wanted.sort((a, b) => a - b);
    let found: Match[] | null = null;
    let spoken = -1;
    let causeTold = false;
    for (const index of wanted) {
      const one = parts[index];
      // A detector speaks once: its first part that matches.
      if (one === undefined || one.owner === spoken || (one.ifUnread && found !== null)) continue;
      const read = one.part.match(line);
      if (read === null) continue;
      spoken = one.owner;
      const isCause = roleOf(read.kind) === 'cause';
      if (isCause && causeTold) continue;
      causeTold ||= isCause;
      (found ??= []).push(read);
    }
    return found ?? none;
  };

  return {
    automaton,
    kinds,
    roleOf,
    match,
    isAsked(hits, count) {
      for (let at = 0; at < count; at += 1) if ((askers[hits[at] ?? -1]?.length ?? 0) > 0) return true;
      return false;
    },
    matchText(line) {
      const hits: number[] = [];
      automaton.find(line.text, (literal) => {
        if (!hits.includes(literal)) hits.push(literal);
      });
      return match(line, hits, hits.length);
    },
    literals: literals.length,
    extra: new Map(extraLiterals.map((literal) => [literal, literals.indexOf(literalKey(literal))])),
  };
}

const none: readonly Match[] = [];

/** As JSON around a line writes it, also with what Go escapes for HTML: Docker's log files. */
function escapedForms(literal: string): readonly string[] {
  const escaped = JSON.stringify(literal).slice(1, -1);
  const forHtml = escaped.replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  return [escaped, forHtml].filter((form) => form !== literal);
}

/**
 * What is looked for of a literal: its beginning stands in every line that it stands in. The rest would tell few lines
 * more apart, and half of the automaton's states.
 */
function literalKey(literal: string): string {
  return literal.toLowerCase().slice(0, literalCharsMax);
}

// `wardround bench reasoning`, logs of 10 MB on two cores: 16, 20 and 24 take the same time, whole literals up to a fifth more.
const literalCharsMax = 20;

/** Every literal once, and the indexes of the parts that asked for it. */
function literalTable(
  parts: readonly { readonly literals: readonly string[] }[],
  extra: readonly string[],
): { readonly literals: readonly string[]; readonly askers: readonly (readonly number[])[] } {
  const askersOf = new Map<string, number[]>();
  const asked = (literal: string): number[] => {
    const key = literalKey(literal);
    const askers = askersOf.get(key) ?? [];
    askersOf.set(key, askers);
    return askers;
  };
  parts.forEach(({ literals }, index) => {
    const written = literals.flatMap((literal) => [literal, ...escapedForms(literal)]);
    for (const literal of new Set(written.map(literalKey))) asked(literal).push(index);
  });
  for (const literal of extra) asked(literal);
  return { literals: [...askersOf.keys()], askers: [...askersOf.values()] };
}

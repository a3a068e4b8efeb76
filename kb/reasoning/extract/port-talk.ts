import { anyOf, foreignThings } from './lexicon.ts';
import { clausesOf, groupToken } from './said.ts';
import { isSshPort } from './ssh-port.ts';

/** An SSH port, and of whom it was said. */
export interface PortSaid {
  /** The token of the clause; null where it names nobody. */
  readonly token: string | null;
  readonly port: number;
  /** "each", "everywhere": own ports give way. */
  readonly isOfEach: boolean;
}

export interface PortTalk {
  readonly said: readonly PortSaid[];
  /** Ports in a row without names: one for each of the nodes, in their order. */
  readonly inOrder: readonly number[];
  /** Tokens that have the port of the one named before. */
  readonly same: readonly string[];
}

const talk =
  /\bsame (?:line|ports?|way|command|login|access)\b|\b(?:sshd?|\w*ports?|listen\w*|log ?ins?|logs? in|logging in|reach\w*|scp)\b|(?<![\w-])-p ?\d|(?<![\w.:])22(?=\s*(?:[.,;!?)]|$|on\b|for\b|each\b|everywhere\b))/i;
const each =
  /\b(?:all|each|every\w*|both|either|everywhere|throughout|any of|across|themselves|the nodes|on nodes|of nodes)\b/i;
// What a number is that is no port of sshd.
const otherBefore = new RegExp(
  String.raw`(?:\b(?:xid|job|jobs|error|code|rank|step|epoch|iteration|line|pid|rack|unit|room|gpu|slot|lane|driver|kernel|version|timeout|mtu|vlan|lid|pkey|master_port|init|rendezvous|nccl|rdzv|store|http\w*|web|ui|api|metrics|${anyOf(foreignThings)})\b[^\d@,;]{0,24}|[A-Z_]+=|->|\b(?:not|no longer|was|were|instead of|rather than|old|formerly|previously|from|used to be|one|two|three|four|five|six|seven|eight|dozen|of \d+)(?: on| at| its| the| port| ones?)*\s*)$`,
  'i',
);
const unitAfter =
  /^\s?(?:%|[gmkt]i?b\b|[gmk]bit|ms\b|us\b|sec|seconds?|min|minutes?|hours?|days?|h\b|c\b|w\b|v\b|x\b|times|nodes?\b|ranks?\b|gpus?\b|cards?\b|jobs?\b|steps?\b|errors?\b|->|\/[a-z]|of\b|lines?\b|degrees|watts?|blocked|closed|dropped|filtered|refused|(?:is |was )?(?:blocked|closed|open|taken|in use|unreachable)\b)/i;

interface Found {
  readonly port: number;
  readonly at: number;
}

/** What a sentence whose references are tokens says of SSH ports. */
export function portTalkIn(sentence: string, isAsked: boolean): PortTalk {
  const isTalk = isAsked || talk.test(sentence);
  const linked =
    /@[\d+]+(?:\s?[:=]|,?\s(?:is |has |uses |listens )?(?:on|at|has|uses|with|is|is at|is on))\s\d{2,5}\b|@[\d+]+,? \d{4,5}(?=[.,;)]|$)|\b\d{4,5} (?:for|on) @/i.test(
      sentence,
    );
  if (!isTalk && !linked) return { said: [], inOrder: [], same: [] };
  // "7022 (n1) and 7023 (n2)"
  const clauses = clausesOf(
    sentence
      .replaceAll(/\b(\d{4,5})\s?\/\s?(?=\d{4,5}\b)/g, '$1, ')
      .replaceAll(/\b(\d{2,5}) \((@[\d+]+)\)/g, '$1 for $2'),
  );
  const read = clauses.map((clause) => ({
    clause,
    ports: portsIn(clause, sentence),
    tokens: clause.match(groupToken) ?? [],
  }));
  const ports = read.flatMap((each_) => each_.ports);
  const isMixed = read.some(
    (each_) => each_.ports.length > 0 && each_.tokens.length > 0 && each_.ports.length === 1 && read.length > 1,
  );
  const isOneGroup = read.filter((each_) => each_.tokens.length > 0).length === 1;
  if (
    ports.length > 1 &&
    (!isMixed || isOneGroup) &&
    new Set(ports.map(({ port }) => port)).size > 1 &&
    isRow(clauses.join(', '), ports.length)
  )
    return { said: [], inOrder: ports.map(({ port }) => port), same: [] };
  const said: PortSaid[] = [];
  read.forEach(({ clause, ports: own, tokens }, at) => {
    const port = own.at(-1)?.port;
    if (port === undefined) return;
    const before = read[at - 1];
    const isOfEach = each.test(clause);
    // In a clause of its own a number has to be called a port, or to stand alone.
    if (
      tokens.length === 0 &&
      !isAsked &&
      !talk.test(clause) &&
      !/^(?:and |on |at |with |which |still |has |ordinary |plain |normal |usual |standard |default |all |each |every\w* |\W)*\d+\W*(?:each|everywhere|for all|throughout|on (?:all|both|each)(?: of them)?|for both|for each)?\W*$/i.test(
        clause,
      )
    )
      return;
    if (tokens.length > 0) for (const token of tokens) said.push({ token, port, isOfEach: false });
    else if (/\bthere\b/i.test(clause) && read.slice(0, at).some((one) => one.tokens.length > 0))
      said.push({
        token:
          read
            .slice(0, at)
            .findLast((one) => one.tokens.length > 0)
            ?.tokens.at(-1) ?? null,
        port,
        isOfEach: false,
      });
    else if (before !== undefined && before.tokens.length > 0 && before.ports.length === 0 && !isOfEach)
      for (const token of before.tokens) said.push({ token, port, isOfEach: false });
    // What stands in brackets after it is of other ways in.
    else if (!said.some(({ token }) => token === null)) said.push({ token: null, port, isOfEach });
  });
  const same = read.flatMap(({ clause, ports: own, tokens }) =>
    own.length === 0 && /\b(?:same|likewise|ditto)\b/i.test(clause) ? tokens : [],
  );
  return { said, inOrder: [], same };
}

/** Numbers in a row, not two sentences of two ports. */
function isRow(sentence: string, many: number): boolean {
  const row = String.raw`\d{2,5}(?:\s*(?:,|and|\/|&|or|,\s*and)\s*\d{2,5}){${many - 1}}`;
  return new RegExp(row, 'i').test(sentence);
}

function portsIn(clause: string, sentence: string): readonly Found[] {
  return [
    ...clause.matchAll(
      /(?<![\w.@+:/=#-]|\d,(?=\d))(?:(?:[a-z_]*port|ssh|sshd)[=:])?(\d{2,5})(?![\w%:]|\.\d|[/-]\d)|-p ?(\d{2,5})\b/gi,
    ),
  ].flatMap((found) => {
    const port = Number(found[1] ?? found[2]);
    const before = clause.slice(0, found.index);
    const after = clause.slice(found.index + found[0].length);
    const isOther =
      (otherBefore.test(before) && !/\bsshd?\b[^\d]*$/i.test(before)) ||
      (unitAfter.test(after) && !/^\s(?:on|for|of each)\b/.test(after));
    // A three-figure number is a port only where it is called one.
    const isSmall = port !== 22 && port < 1000 && !/\b(?:port|ssh|sshd)\b/i.test(sentence);
    return isSshPort(port) && !isOther && !isSmall ? [{ port, at: found.index }] : [];
  });
}

import { addressesIn, type AddressMention } from './addresses.ts';
import { isForeignName, isForeignThing } from './listing.ts';
import { isCommon, isPlainNoun, namedInSeries } from './name-series.ts';
import type { Span } from './reference.ts';
import { isSshPort } from './ssh-port.ts';

/** The addresses of a sentence with what is bound to them: names, ports, accounts, what they are used for. */
export function literalsIn(text: string, network: string | null): readonly Span[] {
  return namedInSeries(text, spansOf(text, network));
}

function spansOf(text: string, network: string | null): readonly Span[] {
  const mentions = addressesIn(text, network);
  const places = new Map<number, AddressMention[]>();
  for (const each of mentions) places.set(each.from, [...(places.get(each.from) ?? []), each]);
  return [...places.values()].flatMap((group): Span[] => {
    const [first] = group;
    return first === undefined
      ? []
      : [
          spanOf(
            text,
            first,
            group.map(({ address }) => address),
          ),
        ];
  });
}

// What stands before an address and belongs to it.
const urlBefore = /[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@]*@)?$/i;
const flagBefore = /(?:--[\w-]+|\b[A-Z][A-Z0-9_]*)[= ]?$/;
const hopBefore = /(?:-J|-W|ProxyJump[= ])\s*\S*$/;
const keyBefore = /\b(?:ansible_host|ansible_ssh_host|hostname|host|addr|address|ip|internal-ip)[=:]\s?$/i;
const userBefore = /\b[\w.-]+@$/;
const boundBefore = /(?:^|[\s,;("'`])([A-Za-z][\w.-]*)(\s?=\s?|:\s*|\s?->\s?|\s[([]|\sis\s(?:at\s)?|\sat\s|\s+)$/;
const portAfter = /^`?\s*(?:\((?:(?:ssh|sshd|port|on|at|-p)[\s:]*)*(\d{2,5})\)|-p ?(\d{2,5})\b)/i;
function spanOf(
  text: string,
  { from: start, to: end, port: colon }: AddressMention,
  addresses: readonly string[],
): Span {
  let [from, to] = [start, end];
  const plain = { addresses, pointer: null, names: [], port: null } as const;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const url = urlBefore.exec(line)?.[0];
  const isPath =
    /^(?::\/|<\d+>|@\w|\/\w)/.test(text.slice(end)) &&
    !/^\/\d+\b/.test(text.slice(end)) &&
    !text.slice(end).startsWith('/.');
  const isLog = colon !== null && !isSshPort(colon);
  if (url !== undefined || isPath || isLog || hopBefore.test(line))
    return { ...plain, from: start - (url?.length ?? 0), to, usage: hopBefore.test(line) ? 'foreign' : 'service' };
  const flag = flagBefore.exec(line)?.[0];
  if (flag !== undefined && /[=]$|^--/.test(flag)) {
    const isSsh = /SSH|GPU|NODE|HOST|BOX|MASTER_ADDR/.test(flag) && !flag.startsWith('-');
    return {
      ...plain,
      from: start - flag.length,
      to,
      usage: isSsh ? 'plain' : /^-|MASTER|ADDR/.test(flag) ? 'service' : 'foreign',
    };
  }
  const user = userBefore.exec(line)?.[0];
  from -= user?.length ?? 0;
  const key = keyBefore.exec(text.slice(0, from))?.[0];
  from -= key?.length ?? 0;
  const bound = boundBefore.exec(text.slice(0, from));
  const isAtStart =
    bound !== null &&
    /(?:^|[\n,;(/&|•*-]\s*|\band\s)$/.test(text.slice(0, bound.index + bound[0].indexOf(bound[1] ?? '')));
  const name = bound === null || user !== undefined ? null : boundName(bound[1] ?? '', bound[2] ?? '', isAtStart);
  if (name !== null && bound !== null) from = bound.index + bound[0].indexOf(name);
  const ssh = /\bssh\b[^,;]*?-p ?(\d{2,5})\b[^,;]*$/.exec(line)?.[1];
  const after = portAfter.exec(text.slice(to));
  to += after?.[0].length ?? 0;
  const isOpen = name !== null && /[([]/.test(bound?.[2] ?? '');
  const inside = isOpen ? /^(?:,?\s*(?:(?:ssh|sshd|port|on|at|-p)[\s:]*)*(\d{2,5}))?[)\]]/i.exec(text.slice(to)) : null;
  to += inside?.[0].length ?? 0;
  const named = name === null ? /^ \(([A-Za-z][\w-]*\d[\w-]*|[a-z]{3,})\)/.exec(text.slice(to)) : null;
  const parenthesised = named?.[1] !== undefined && !isPlainNoun(named[1]) ? named[1] : null;
  const port = [colon, ssh, after?.[1], after?.[2], inside?.[1]].map(Number).find((each) => isSshPort(each)) ?? null;
  const called = name ?? parenthesised;
  const isForeign = called !== null && (name === null ? isForeignThing(called) : isForeignName(called));
  if (parenthesised !== null) to += named?.[0].length ?? 0;
  const usage = isForeign ? 'foreign' : user !== undefined || called !== null || port !== null ? 'login' : 'plain';
  return { ...plain, names: called === null ? [] : addresses.map(() => called), port, usage, from, to };
}

/** A number or a hyphen makes a word a name; other words are only that where they are bound to the address. */
function boundName(word: string, binding: string, isAtStart: boolean): string | null {
  const isTelling = /\d/.test(word) || /\w-\w/.test(word);
  const kind = binding.trim();
  if (kind === '=' || kind === '->') return /^(?:ip|address|addr|host|hostname)$/i.test(word) ? null : word;
  if (isPlainNoun(word)) return null;
  if (kind === ':' || kind === '(' || kind === '[')
    return /^[A-Za-z][\w.-]*$/.test(word) && (isTelling || ((isAtStart || kind === '(') && !isCommon(word)))
      ? word
      : null;
  if (/^[A-Z]$/.test(word) && word !== 'I') return word;
  return isTelling && !/^(?:xid|job|rank|gpu|port|cuda|rev|v)[-_]?\d*$/i.test(word) ? word : null;
}

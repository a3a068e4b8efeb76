import { addressesIn, networkOf, type AddressMention } from './extract/addresses.ts';
import { goingOn, sentencesOf, type Said } from './extract/going-on.ts';
import { listingIn, type ListedNode } from './extract/listing.ts';

export interface ExtractedHosts {
  /** In the order in which the conversation settles on them. */
  readonly hosts: readonly { readonly address: string; readonly port: number }[];
  /** Whether the diagnosis goes on by what was said last. */
  readonly next: 'continue' | 'stop';
}

/**
 * Which nodes a conversation is about, with their SSH ports, and whether there is still something to do: by rules, without
 * a model. Only what the operator says names a node; logs, tools and the assistant name none, whatever they ask for.
 */
export function extractHosts(conversation: readonly Said[]): ExtractedHosts {
  const desk = new Desk();
  conversation.forEach(({ role, text }, at) => {
    if (role === 'user') desk.hear(text, conversation[at - 1]);
    else desk.overhear(text);
  });
  return { hosts: desk.hosts(), next: goingOn(conversation) };
}

// Words before an address that make it somebody else's: hops, controllers, switches, servers, monitoring.
const foreignBefore =
  /(?:\b(?:jump ?hosts?|bastion|gateway|gw|hop|proxyjump|bmcs?|ipmi|idrac|ilo|pdu|switch(?:es)?|sw-\w{1,4}|router|prom\w*|grafana|temporal|nfs|filer|storage|registry|dns|ntp|ldap|licen[cs]e|laptop|desktop|dashboard|tensorboard|monitoring|ingress|console|init-addr)(?: (?!and\b|but\b|then\b|to\b|nodes?\b)\w+){0,5}\s?[=:(]?\s?"?(?:\w+@)?|-J\s+\S*|[a-z][a-z0-9+]*:\/\/\S*|\b[A-Z]*(?:TEMPORAL|PROM|S3|LOG|DB|REDIS|REGISTRY)[A-Z_]*=\S*|\b(?:hop|jump|go|in|tunnel)\s(?:over|through|via)\s(?:the |our )?(?:\w+ )?)$/i;
// The same anywhere in the clause, where nothing there says that it is a node.
const foreignThing =
  /\b(?:jump|bastion|gateway|proxy|bmcs?|ipmi|idrac|ilo|redfish|pdu|ups|switch(?:es)?|router|leaf|spine|prometheus|grafana|exporter|nfs|filer|storage|metadata server|registry|mirror|dns|ntp|ldap|licen[cs]e|laptop|desktop|workstation|notebook|dashboard|tensorboard|wandb|monitoring|ingress|console|slurmctld|slurm controller|scheduler|head node|login node|vpn|nat|vip|load balancer|facilities|spare|documentation|old address|former(?:ly)?|used to be|peers?|not ours|someone else|somebody else|colleague'?s?|another team|other team)\b/i;
const nodeWords = /\b(?:ssh|sshd|look at|check|read|nodes? (?:are|is)|examine)\b/i;
const foreignAfter =
  /^(?::\/|\s(?:is|was|are)\s(?:my|our|the|only|just)\s(?:desktop|laptop|switch|gateway|jump|bastion|bmc|monitor\w*|controller|proxy)|\s\((?:switch|bmc|jump|gateway|monitor\w*)|<\d+>)/i;
// "leave .14 out", "not .5", "skip it": what stands behind it in the sentence is meant.
const negated =
  /\bnot (?:the )?$|\b(?:except(?: for)?|without|skip|drop|ignore|forget|leave|minus|never|no longer|take off|strike|nothing to look at|rather than|instead of)\b[^.;:]*$/i;
const negatedAfter =
  /^[^.;,]{0,30}\b(?:is out|are out|is fine|are fine|is off|not needed|can be left|is mine|was wrong|is wrong|is a typo|was a typo|is gone|is not (?:part|ours|it)|stays? out|is healthy|ran through|off the list|out of it|passed)\b/i;
const choosing =
  /\b(?:only|just|look at|look|read|check|take|go on with|compare|order|enough)\b|\b(?:begin|start) with\b/i;
// "begin with .7" says where to begin, and leaves the others where they are.
const ordering = /\b(?:begin|start|first)\b/i;
const narrowing = /\b(?:only|just|alone|enough|then|rest|others?)\b|\band\b/i;

class Desk {
  private readonly named = new Map<string, { name: string | null; port: number | null }>();
  private chosen: readonly string[] = [];
  private readonly foreign = new Set<string>();
  private readonly off = new Set<string>();
  private portOfAll: number | null = null;
  private network: string | null = null;
  private overheard: readonly string[] = [];

  hear(text: string, before: Said | undefined): void {
    const { nodes, others, rest } = listingIn(text);
    for (const address of others) this.foreign.add(address);
    for (const node of nodes) this.name(node);
    this.agree(rest, before);
    sentencesOf(rest).forEach((sentence, at) => this.hearSentence(sentence, before, at === 0));
  }

  /** What others say only tells what short names mean. */
  overhear(text: string): void {
    const mentions = addressesIn(text, this.network);
    this.follow(mentions);
    this.overheard = mentions.map(({ address }) => address);
  }

  hosts(): ExtractedHosts['hosts'] {
    const known = [...this.named.keys()];
    const order = this.chosen.length > 0 ? this.chosen : known;
    const wanted = order.filter((address) => !this.foreign.has(address) && !this.off.has(address));
    return wanted.map((address) => ({ address, port: this.named.get(address)?.port ?? this.portOfAll ?? 22 }));
  }

  /** "correct, 2222": what the assistant has named in its question is meant. */
  private agree(text: string, before: Said | undefined): void {
    if (!isQuestion(before) || !/^\s*(?:yes|yep|correct|right|exactly|that one|indeed)\b/i.test(text)) return;
    const mentioned = addressesIn(before.text, this.network).filter(
      ({ address }) => this.named.has(address) || this.foreign.has(address),
    );
    const meant = [...new Set([...mentioned.map(({ address }) => address), ...this.aliasesIn(before.text).kept])];
    for (const address of meant) {
      this.foreign.delete(address);
      this.name({ name: null, address, port: null });
    }
    if (meant.length > 0) this.chosen = meant;
  }

  private hearSentence(sentence: string, before: Said | undefined, isFirst: boolean): void {
    const mentions = addressesIn(sentence, this.network);
    this.follow(mentions);
    const own = mentions.filter((mention) => !this.isForeign(sentence, mention));
    const [dropped, kept] = [
      own.filter((mention) => isNegated(sentence, mention)),
      own.filter((mention) => !isNegated(sentence, mention)),
    ];
    if (this.replace(sentence, dropped, kept)) return;
    const wasKnown = new Set(this.named.keys());
    const asBefore = /\bsame\b/i.test(sentence) ? ([...this.named.values()].at(-1)?.port ?? null) : null;
    for (const { address, port } of kept)
      this.name({ name: nameOf(sentence, address), address, port: sshPort(port) ?? asBefore });
    for (const { address } of dropped) this.off.add(address);
    const aliases = this.aliasesIn(sentence);
    const meant = [...kept.map(({ address }) => address), ...aliases.kept];
    for (const address of aliases.dropped) this.off.add(address);
    this.choose(sentence, meant, wasKnown, before, isFirst);
    this.takePort(sentence, meant, before);
  }

  /** "it is .62 instead of .61": what was wrong gives its place and its port to what is right. */
  private replace(sentence: string, wrong: readonly AddressMention[], right: readonly AddressMention[]): boolean {
    const [before, after] = [wrong[0]?.address, right[0]];
    const isCorrection = /\b(?:instead of|typo|meant|mean|should (?:be|read)|wrong|mistyped|sorry|correct)\b/i.test(
      sentence,
    );
    const known = before === undefined ? undefined : this.named.get(before);
    if (!isCorrection || wrong.length !== 1 || right.length !== 1 || known === undefined || after === undefined)
      return false;
    const port = sshPort(after.port) ?? known.port;
    const swapped = [...this.named].map(([address, node]) =>
      address === before ? ([after.address, { ...node, port }] as const) : ([address, node] as const),
    );
    this.named.clear();
    for (const [address, node] of swapped) this.named.set(address, node);
    this.chosen = this.chosen.map((address) => (address === before ? after.address : address));
    return true;
  }

  /** A later choice among the known replaces an earlier one; a new name is added to it. */
  private choose(
    sentence: string,
    meant: readonly string[],
    wasKnown: ReadonlySet<string>,
    before: Said | undefined,
    isFirst: boolean,
  ): void {
    if (/\b(?:those|these|the) (?:two|three|four|five|six|\d)\b/i.test(sentence) && before?.role === 'assistant') {
      const pointed = this.overheard.filter((address) => !this.foreign.has(address));
      if (meant.length === 0 && pointed.length > 0) {
        for (const address of pointed) this.name({ name: null, address, port: null });
        this.chosen = pointed;
        return;
      }
    }
    const unique = [...new Set(meant)];
    if (unique.length === 0) return;
    for (const address of unique) this.off.delete(address);
    const isChoice = unique.every((address) => wasKnown.has(address)) && wasKnown.size > 0;
    const saysWhich = choosing.test(sentence) || (isFirst && isQuestion(before));
    if (isChoice && saysWhich) {
      const standing = this.chosen.length > 0 ? this.chosen : [...wasKnown];
      const isOrder = ordering.test(sentence) && !narrowing.test(sentence);
      this.chosen = isOrder ? [...new Set([...unique, ...standing])] : unique;
    } else if (this.chosen.length > 0) {
      const isAdded = /\b(?:also|too|again|as well|add|plus|include)\b/i.test(sentence);
      this.chosen = [...new Set([...this.chosen, ...unique.filter((each) => isAdded || !wasKnown.has(each))])];
    }
  }

  private takePort(sentence: string, meant: readonly string[], before: Said | undefined): void {
    const pairs = [...sentence.matchAll(/\b([A-Za-z][\w-]*)\s*[:=]\s*(\d{2,5})\b/g)].flatMap(
      ([, name = '', port = '']) => {
        const address = this.addressOf(name);
        return address === undefined || !isSshPort(Number(port)) ? [] : [[address, Number(port)] as const];
      },
    );
    for (const [address, port] of pairs) this.setPort([address], port);
    if (pairs.length > 0) return;
    const port = statedPort(sentence, before);
    if (port === null) return;
    if (meant.length > 0 && !/\b(?:all|each|every|both|either|everywhere)\b/i.test(sentence)) this.setPort(meant, port);
    else {
      this.portOfAll = port;
      this.setPort([...this.named.keys()], port);
    }
  }

  private setPort(addresses: readonly string[], port: number): void {
    for (const address of addresses) {
      const known = this.named.get(address);
      if (known !== undefined) this.named.set(address, { ...known, port });
    }
  }

  private name({ name, address, port }: ListedNode): void {
    const known = this.named.get(address);
    this.named.set(address, { name: name ?? known?.name ?? null, port: port ?? known?.port ?? null });
  }

  private addressOf(name: string): string | undefined {
    return [...this.named].find(([, known]) => known.name?.toLowerCase() === name.toLowerCase())?.[0];
  }

  private aliasesIn(sentence: string): { readonly kept: readonly string[]; readonly dropped: readonly string[] } {
    const found = [...this.named].flatMap(([address, { name }]) => {
      if (name === null) return [];
      const at = new RegExp(`(?<![\\w-])${name.replaceAll(/[^\w-]/g, '.')}(?![\\w-])`, 'i').exec(sentence);
      return at === null ? [] : [{ address, from: at.index, to: at.index + at[0].length, port: null }];
    });
    const inOrder = found.toSorted((a, b) => a.from - b.from);
    return {
      kept: inOrder.filter((each) => !isNegated(sentence, each)).map(({ address }) => address),
      dropped: inOrder.filter((each) => isNegated(sentence, each)).map(({ address }) => address),
    };
  }

  /** Somebody else's address: by the words of its clause, or since a service listens there. */
  private isForeign(sentence: string, { from, to, address, port }: AddressMention): boolean {
    const clause = clauseAround(sentence, from, to);
    const isService = port !== null && !isSshPort(port);
    const isThing = foreignThing.test(clause) && !nodeWords.test(clause);
    const isOther =
      isService || isThing || foreignBefore.test(sentence.slice(0, from)) || foreignAfter.test(sentence.slice(to));
    if (isOther && !this.named.has(address)) this.foreign.add(address);
    else if (!isOther) this.foreign.delete(address);
    return isOther;
  }

  private follow(mentions: readonly AddressMention[]): void {
    const last = mentions.findLast(({ address }) => networkOf(address) !== null);
    if (last !== undefined) this.network = networkOf(last.address);
  }
}

/** What stands between the marks around a place; dots inside of addresses are none. */
function clauseAround(sentence: string, from: number, to: number): string {
  const before =
    sentence
      .slice(0, from)
      .split(/[,;()]\s?|\.\s|\s(?:and|but|while)\s/)
      .at(-1) ?? '';
  const after = sentence.slice(to).split(/[,;()]|\.(?:\s|$)|\s(?:and|but|while)\s/)[0] ?? '';
  return `${before} ${after}`;
}

function isQuestion(said: Said | undefined): said is Said {
  return said?.role === 'assistant' && /\?\s*$/.test(said.text);
}

function isNegated(sentence: string, { from, to }: Pick<AddressMention, 'from' | 'to'>): boolean {
  // A clause of its own takes the negation back: "not the host, look at .5".
  const clause =
    sentence
      .slice(0, from)
      .split(/,|\bbut\b|\band then\b/i)
      .at(-1) ?? '';
  // "except .21, which is on 2121" is no exception to the nodes but to their port.
  const isPort = /^[^.;]{0,25}\b(?:on|port|has|uses)\s\d{2,5}\b/i.test(sentence.slice(to));
  return (negated.test(clause) && !isPort) || negatedAfter.test(sentence.slice(to));
}

// "n05 198.51.100.25", "box = 192.0.2.90", "second 192.0.2.52", "gpu-181  Ready  192.0.2.181"
function nameOf(sentence: string, address: string): string | null {
  const before = sentence.slice(0, Math.max(0, sentence.indexOf(address)));
  const bound = /(?:^|[\s,;(])([A-Za-z][\w-]*)\s?(?:=|:)\s?(?:\w+@)?$/.exec(before)?.[1];
  // A number or a hyphen makes a word a name; other words are only that where they are bound to the address.
  const telling = /(?:^|[\s,;(])([A-Za-z][\w-]*[\d-][\w-]*)(?:\s{2,}Ready)?\s*(?:is|=|:|\()?\s*$/.exec(before)?.[1];
  return telling ?? (bound === undefined || plainWords.test(bound) ? null : bound);
}

const plainWords = /^(?:nodes?|hosts?|machines?|address(?:es)?|ip|ips|servers?|ssh|boxes|are|these|both|all|on)$/i;

// sshd on 2222, port 2022, -p 2204, its own sshd is 2290, ordinary 22, moved its sshd to 2022
const portPatterns: readonly RegExp[] = [
  /\bonly\s(\d{4,5})\sreaches\b/i,
  /-p\s?(\d{2,5})\b/,
  /\b(?:sshd?|login|logins?)\b[^.;,\d]{0,40}?\b(\d{2,5})\b/i,
  /\bports?\b[^.;,\d]{0,20}?\b(\d{2,5})\b/i,
  /\b(?:ordinary|usual|normal|plain|standard|default)\s(?:ssh,?\s)?(?:port\s)?(\d{2,5})\b/i,
  /\bwith\s(\d{2,5})\b/i,
  /(?:^|,)\s*(\d{2,5})\s*(?:$|[.,]|for|on)/,
];

function statedPort(sentence: string, before: Said | undefined): number | null {
  const plain = sentence
    .replaceAll(/\d+(?:\.\d+){3}\S*/g, '#')
    .replaceAll(/\bnot (?:on |port )?\d+|\([^)]{16,}\)/gi, '');
  const isAsked = before?.role === 'assistant' && /\bssh\b|\bport\b/i.test(before.text);
  const speaksOfIt = /-p\s?\d|\bsshd?\b|\bport\b|\blog ?in|\b22\b|\breaches\b/i.test(plain);
  if (!isAsked && !speaksOfIt) return null;
  const found = portPatterns.flatMap((pattern) => {
    const port = Number(pattern.exec(plain)?.[1] ?? Number.NaN);
    return isSshPort(port) ? [port] : [];
  });
  return found[0] ?? null;
}

function sshPort(port: number | null): number | null {
  return port !== null && isSshPort(port) ? port : null;
}

/** 22, or one that people move it to; not those of well-known services (IANA). */
function isSshPort(port: number): boolean {
  return (port === 22 || port >= 222) && port <= 65_535 && !servicePorts.has(port);
}

const servicePorts = new Set([
  443, 623, 2049, 3000, 5000, 6006, 6379, 7233, 8080, 8443, 8888, 9090, 9093, 9100, 9400, 18_515, 29_500, 29_501,
]);

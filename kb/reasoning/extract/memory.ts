import { addressesIn, networkOf } from './addresses.ts';
import { masked } from './masked.ts';
import { referencesOf, type Masked } from './reference.ts';
import { resolve, type Mentioned } from './resolve.ts';
import type { Roster } from './roster.ts';
import { groupToken, sentencesOf, type Said } from './said.ts';

/** What was spoken of so far: it tells what short addresses, names and "both" mean. */
export class Memory {
  message = 0;
  network: string | null = null;
  private readonly roster: Roster;
  private history: readonly Mentioned[] = [];
  private readonly reported = new Set<string>();
  /** Whom the tokens of the sentence at hand mean. */
  private resolved = new Map<string, readonly string[]>();

  constructor(roster: Roster) {
    this.roster = roster;
  }

  /** What others say names nobody. */
  overhear({ role, text }: Said, message: number): void {
    // What tools print one after the other is one report.
    if (role !== 'tool' || this.history.at(-1)?.role !== 'tool') this.message = message;
    for (const sentence of sentencesOf(text)) {
      const mask = this.mask(sentence);
      for (const token of mask.text.match(groupToken) ?? []) this.note(literal(token, mask), role);
      const source = role === 'tool' ? /^\W*(@[\d+]+)/.exec(mask.text)?.[1] : undefined;
      if (source !== undefined) for (const address of this.meant(source, mask)) this.reported.add(address);
    }
  }

  /** Whether a tool has printed something of this node. */
  wasRead(address: string): boolean {
    return this.reported.has(address);
  }

  note(addresses: readonly string[], role: Said['role']): void {
    if (addresses.length > 0) this.history = [...this.history, { message: this.message, role, addresses }];
  }

  last(): Mentioned | undefined {
    return this.history.at(-1);
  }

  lastOf(role: Said['role']): Mentioned | undefined {
    return this.history.findLast((each) => each.role === role);
  }

  /** The one that was spoken of alone last, other than those. */
  focus(others: readonly string[] = []): readonly string[] {
    const found = this.history.findLast(
      ({ addresses }) => addresses.length === 1 && !others.includes(addresses[0] ?? ''),
    );
    return found?.addresses ?? [];
  }

  mask(sentence: string): Masked {
    this.resolved = new Map();
    const network = this.networkFor(sentence);
    const mask = masked(sentence, this.roster.all(), network);
    const last = addressesIn(sentence, network).findLast(({ address }) => networkOf(address) !== null);
    if (last !== undefined) this.network = networkOf(last.address);
    return mask;
  }

  /** Whom a token means. That is settled once for a sentence: what it does must not change it. */
  meant(token: string, mask: Masked): readonly string[] {
    const before = this.resolved.get(token);
    if (before !== undefined) return before;
    const found = referencesOf(token, mask)
      .filter(({ usage }) => usage !== 'service' && usage !== 'foreign')
      .flatMap(({ addresses, pointer }) =>
        pointer === null ? addresses : resolve(pointer, this.roster, this.history),
      );
    const meant = [...new Set(found)];
    this.resolved.set(token, meant);
    return meant;
  }

  /** All that the tokens of a sentence mean. */
  meantIn(mask: Masked): readonly string[] {
    return [...new Set((mask.text.match(groupToken) ?? []).flatMap((token) => this.meant(token, mask)))];
  }

  /** ".43, not .34" is of the network where one of them is a node. */
  private networkFor(sentence: string): string | null {
    const networks = [this.network, ...this.roster.active().map(networkOf).toReversed()];
    const isOfNodes = (network: string | null): boolean =>
      addressesIn(sentence, network).some(({ address }) => this.roster.isNode(address));
    return networks.find(isOfNodes) ?? this.network;
  }
}

function literal(token: string, mask: Masked): readonly string[] {
  return referencesOf(token, mask)
    .filter(({ pointer, usage }) => pointer === null && usage !== 'foreign')
    .flatMap(({ addresses }) => addresses);
}

import { interfaceName, nodeEvidence, type ActOn } from './acts.ts';
import type { Memory } from './memory.ts';
import { referencesOf, type Masked, type Reference } from './reference.ts';
import type { Roster } from './roster.ts';
import { clausesOf } from './said.ts';

/** Where an act was said. */
export interface Place {
  readonly clause: string;
  readonly mask: Masked;
  readonly token: string;
  /** The nodes there were before the sentence. */
  readonly knownBefore: ReadonlySet<string>;
}

const comparing = /\bcompar\w+ (?:it |that |this )?(?:with|to|against)\b/i;
const joining = /\b(?:other|another|second|third|also|too|likewise|plus)\b/i;

/** Carries out on the roster what the operator does with nodes. */
export class Choosing {
  /** No node was named in a message before this one. */
  isFirst = true;
  /** Taken off in the message at hand. */
  excluded: readonly string[] = [];
  private readonly roster: Roster;
  private readonly memory: Memory;
  /** Chosen in the message at hand. */
  private picked: readonly string[] = [];
  /** So far only a service was addressed there. */
  private readonly services = new Set<string>();

  constructor(roster: Roster, memory: Memory) {
    this.roster = roster;
    this.memory = memory;
  }

  /** A new message chooses anew. */
  begin(): void {
    this.picked = [];
    this.excluded = [];
  }

  /** Carries out an act. True where it would have left nobody: then it is not carried out, and the work is over. */
  carryOut(act: ActOn, addresses: readonly string[], where: Place): boolean {
    const { roster } = this;
    switch (act.act) {
      case 'foreign':
        if (!this.isFirst && this.isAll(addresses)) return true;
        this.disown(addresses.filter((address) => roster.find(address)?.standing !== 'node'));
        return false;
      case 'past':
        for (const address of addresses) if (!roster.isNode(address)) roster.introduce({ address, standing: 'past' });
        return false;
      case 'exclude':
        if (!this.isFirst && this.isAll(addresses)) return true;
        this.exclude(addresses);
        return false;
      case 'include':
        roster.include(addresses);
        return false;
      case 'select':
        this.select(act, addresses, where);
        return false;
      case 'mention':
        this.mention(addresses, where);
        return false;
    }
  }

  /** Whether nobody would be left without these. */
  isAll(addresses: readonly string[]): boolean {
    const active = this.roster.active();
    return active.length > 0 && active.every((address) => addresses.includes(address));
  }

  exclude(addresses: readonly string[]): void {
    this.roster.exclude(addresses);
    this.excluded = [...this.excluded, ...addresses];
  }

  disown(addresses: readonly string[]): void {
    this.roster.disown(addresses, 'foreign');
  }

  /** An order that the message gives: whom it leaves out is left out. */
  chooseInTurn(addresses: readonly string[]): void {
    this.picked = [...new Set(addresses)];
    this.roster.choose(this.picked);
  }

  /** Names and ports that stand at an address. */
  bind({ addresses, names, port, usage }: Reference, rowOf: (name: string) => string): void {
    const { roster } = this;
    if (usage === 'foreign') this.disown(addresses.filter((address) => !roster.isNode(address)));
    for (const [at, address] of addresses.entries()) {
      const known = roster.find(address);
      const name = names[at] ?? null;
      if (usage === 'service' && known === undefined) {
        roster.introduce({ address, standing: 'past' });
        this.services.add(address);
      }
      if (usage === 'foreign' || usage === 'service' || (name === null && port === null)) continue;
      const standing = name !== null ? 'node' : this.isFirst ? 'bare' : 'past';
      const row = name === null ? '' : rowOf(name);
      roster.introduce({ address, name, port, row, standing: known?.standing ?? standing });
    }
  }

  private select({ isOnly, place }: ActOn, addresses: readonly string[], where: Place): void {
    const { roster } = this;
    const isPointer = referencesOf(where.token, where.mask).every(({ pointer }) => pointer !== null);
    if (addresses.length === 0 || this.putInstead(addresses, where)) return;
    if (isPointer && place === null && this.isAll(addresses) && addresses.length === roster.active().length) return;
    if (comparing.test(where.clause)) this.compare(addresses);
    else if (addresses.every((address) => !where.knownBefore.has(address) && !roster.isNode(address)))
      roster.include(addresses);
    else if (where.knownBefore.size === 0) roster.include(addresses);
    else if (place === 'first' && !isOnly) roster.putFirst(addresses);
    else if (place === 'last' && !isOnly) roster.putLast(addresses);
    else {
      this.picked = isOnly ? addresses : [...this.picked, ...addresses];
      roster.choose(this.picked);
    }
  }

  /** "take it off. Take .225 instead" */
  private putInstead([address, ...more]: readonly string[], { clause, knownBefore }: Place): boolean {
    const [gone, ...others] = this.excluded;
    const isOne = more.length === 0 && others.length === 0;
    if (!isOne || address === undefined || gone === undefined || knownBefore.has(address)) return false;
    if (!/\binstead\b/i.test(clause)) return false;
    this.roster.replace(gone, address);
    return true;
  }

  /** "compare with .5": both, the one that was spoken of first. */
  private compare(addresses: readonly string[]): void {
    const focus = this.memory.focus(addresses);
    if (focus.every((address) => this.roster.isNode(address))) this.roster.choose([...focus, ...addresses]);
    else this.roster.include(addresses);
  }

  private mention(addresses: readonly string[], where: Place): void {
    const { roster } = this;
    const references = referencesOf(where.token, where.mask);
    if (references.every(({ usage }) => usage === 'service' || usage === 'foreign')) return;
    // Addresses of interfaces come up where it is said what was tried.
    const isOfData = interfaceName.test(where.mask.text) && !this.isFirst;
    const hasEvidence = !isOfData && isOfNode(references, where);
    const isFirstOfAll = !roster
      .all()
      .some(({ address, standing }) => standing === 'node' || (standing === 'bare' && !addresses.includes(address)));
    // What is named first of all is what it is about.
    const isNode = hasEvidence || (this.isFirst && isFirstOfAll);
    for (const address of addresses) {
      const known = roster.find(address);
      if (known === undefined || (this.services.has(address) && !roster.isNode(address))) {
        if (!isOfData && !this.isFirst && joining.test(where.clause)) roster.include([address]);
        else roster.introduce({ address, standing: isNode ? 'node' : this.isFirst ? 'bare' : 'past' });
      } else if (known.standing === 'bare' && (hasEvidence || isFirstOfAll))
        roster.introduce({ address, standing: 'node' });
      // Of a listing that was pasted whole, those are meant that are spoken of.
      else if (known.standing === 'listed' && !/\bports?\b|\bsshd?\b/i.test(where.clause))
        roster.introduce({ address, standing: 'node' });
    }
  }
}

/** Whether the words around say that it is a node. */
function isOfNode(references: readonly Reference[], { clause, mask, token }: Place): boolean {
  const earlier = clausesOf(mask.text.slice(0, mask.text.indexOf(token))).filter((each) => !each.includes('@'));
  return (
    references.some(({ usage }) => usage === 'login') ||
    references.every(({ pointer }) => pointer !== null) ||
    [clause, ...earlier].some((each) => nodeEvidence.test(each)) ||
    /\b(?:same|other|another|second|third|likewise|too)\b/i.test(clause)
  );
}

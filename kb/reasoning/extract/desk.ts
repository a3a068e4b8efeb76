import { actOn, type ActOn, type ClauseContext } from './acts.ts';
import { addressesIn, networkOf } from './addresses.ts';
import { Choosing } from './choosing.ts';
import { correctionIn } from './correction.ts';
import type { HeardClause } from './heard.ts';
import { listingIn } from './listing.ts';
import { Memory } from './memory.ts';
import { labelsIn } from './names.ts';
import { Ports } from './ports.ts';
import { accepts, asksWhich, isQuestion, proposalIn } from './proposal.ts';
import { readingOf } from './readings.ts';
import type { Masked } from './reference.ts';
import { Roster } from './roster.ts';
import { clausesOf, groupToken, sentencesOf, withoutQuotes, type Said } from './said.ts';
import { orderIn, turnsIn } from './turns.ts';

/** Follows a conversation: keeps the roster, and what the operator said as clauses. */
export class Desk {
  readonly roster = new Roster();
  readonly heard: HeardClause[] = [];
  private readonly memory = new Memory(this.roster);
  private readonly choosing = new Choosing(this.roster, this.memory);
  private readonly ports = new Ports(this.roster, this.memory);
  private lines: readonly string[] = [];
  /** Where the assistant offered to look, and the operator agreed. */
  private offered: readonly string[] = [];

  overhear(said: Said, message: number): void {
    this.memory.overhear(said, message);
  }

  hear(text: string, message: number, before: Said | undefined): void {
    const { roster, memory, choosing } = this;
    memory.message = message;
    choosing.begin();
    this.lines = text.split('\n').map((line) => line.trim());
    const { text: own, quoted } = withoutQuotes(this.takeListing(text));
    this.agree(own, before);
    sentencesOf(own).forEach((sentence, at) => this.hearSentence(sentence, before, at));
    if (!choosing.isFirst) return;
    // Who is said to be well, or is only quoted, and nobody else is named: he is meant nevertheless.
    if (roster.active().length === 0)
      roster.include(
        choosing.excluded.length > 0
          ? choosing.excluded
          : roster
              .all()
              .filter(({ standing }) => standing === 'past')
              .map(({ address }) => address),
      );
    if (roster.active().length === 0)
      roster.include(quoted.flatMap((each) => addressesIn(each, memory.network)).map(({ address }) => address));
    choosing.isFirst = roster.nodes().length === 0;
  }

  private takeListing(text: string): string {
    const { nodes, others, rest } = listingIn(text);
    for (const { isDump, ...node } of nodes) this.roster.introduce({ ...node, standing: isDump ? 'listed' : 'node' });
    this.choosing.disown(others.filter((address) => !this.roster.isNode(address)));
    const addresses = nodes.map(({ address }) => address);
    this.memory.note(addresses, 'user');
    this.memory.network = networkOf(addresses.at(-1) ?? '') ?? this.memory.network;
    return rest;
  }

  private hearSentence(sentence: string, before: Said | undefined, at: number): void {
    const mask = this.memory.mask(sentence);
    if (this.correct(mask)) {
      this.ports.take(mask, before);
      this.hearClause(mask.text, 'mention');
      return;
    }
    const knownBefore = new Set(this.roster.nodes());
    for (const reference of mask.references) {
      this.choosing.bind(reference, (name) => this.rowOf(name));
      this.ports.last = reference.port ?? this.ports.last;
    }
    const steps = this.hearClauses(mask, before, at === 0, knownBefore);
    this.takeLabels(mask);
    this.takeOrder(mask, steps);
    this.ports.take(mask, before);
  }

  /** Takes up the clauses one by one. Returns those that come in turn. */
  private hearClauses(
    mask: Masked,
    before: Said | undefined,
    isOpening: boolean,
    knownBefore: ReadonlySet<string>,
  ): readonly (readonly string[])[] {
    const { roster, memory, choosing } = this;
    const isReply = before?.role === 'assistant';
    const clauses = clausesOf(mask.text);
    const steps: (readonly string[])[] = [];
    let inherited: ActOn | null = null;
    for (const [at, clause] of clauses.entries()) {
      const context = { isReply, isFirst: choosing.isFirst };
      const tokens = [...clause.matchAll(groupToken)];
      if (tokens.length === 0) this.hearClause(clause, this.remark(clause, context));
      for (const token of tokens) {
        const addresses = memory.meant(token[0], mask);
        const isKnown = addresses.length > 0 && addresses.every((address) => knownBefore.has(address));
        const act = readingOf({ sentence: mask.text, clauses, at }, token, isKnown, {
          ...context,
          inherited,
          isAnswer: isOpening && asksWhich(before),
          isAnswering: isQuestion(before),
        });
        memory.note(addresses, 'user');
        if (act === null || this.joinOffered(clause, act, addresses)) continue;
        if (act.act !== 'mention') inherited = act;
        // Of a pair that does well only the new one is there to compare with.
        const isPair =
          act.act === 'exclude' && /\bbetween\b/i.test(clause) && addresses.some((address) => knownBefore.has(address));
        const concerned = isPair ? addresses.filter((address) => !roster.isNode(address)) : addresses;
        const isOfAll = choosing.carryOut(act, concerned, { clause, mask, token: token[0], knownBefore });
        const isStep = act.place === 'first' || (steps.length > 0 && /\b(?:then|next|after\w*|and)\b/i.test(clause));
        if (act.act === 'select' && isStep) steps.push(addresses);
        this.hearClause(clause, act.act, isOfAll, !roster.active().every((address) => addresses.includes(address)));
      }
    }
    return steps;
  }

  private hearClause(text: string, act: HeardClause['act'], isOfAll = false, isOfSome = false): void {
    this.heard.push({ message: this.memory.message, text, act, isOfAll, isOfSome });
  }

  /** "ok. And of the head node": beside what was offered. */
  private joinOffered(clause: string, { act }: ActOn, addresses: readonly string[]): boolean {
    const isJoined =
      this.offered.length > 0 &&
      /^(?:and|plus|also)\b/i.test(clause) &&
      (act === 'select' || act === 'include' || act === 'mention') &&
      addresses.every((address) => this.roster.isNode(address));
    if (!isJoined) return false;
    this.roster.choose([...this.offered, ...addresses]);
    this.offered = [];
    this.hearClause(clause, 'select', false, true);
    return true;
  }

  /** "…, that is my desktop": a clause without a name speaks of the one before. */
  private remark(clause: string, context: ClauseContext): HeardClause['act'] {
    const { roster, choosing, memory } = this;
    const focus = memory.focus();
    if (takenOff.test(clause) && focus.length === 1 && roster.active().length > 1) {
      choosing.exclude(focus);
      return 'exclude';
    }
    const last = memory.last();
    const subject = subjectBefore.exec(clause)?.[0];
    if (subject === undefined || last?.role !== 'user' || last.message !== memory.message) return null;
    const { act } = actOn(`@0${clause.slice(subject.length)}`, 0, 2, { ...context, isFirst: false });
    if (act === 'foreign') {
      choosing.disown(last.addresses.filter((address) => roster.active().length > 1 || !roster.isNode(address)));
      return act;
    }
    if (act !== 'exclude' || !/(?:which|who)$/i.test(subject)) return null;
    if (!choosing.isAll(last.addresses)) choosing.exclude(last.addresses);
    return act;
  }

  /** Takes up what the assistant offered. */
  private agree(text: string, before: Said | undefined): void {
    this.offered = [];
    if (!accepts(text, before)) return;
    const { roster, memory } = this;
    const spoken = memory.lastOf('assistant');
    for (const { sentence, kind } of proposalIn(before)) {
      const mask = memory.mask(sentence);
      const isPointed =
        mask.references.length === 0 && pointedAt.test(sentence) && spoken?.message === memory.message - 1;
      const addresses = (isPointed ? spoken.addresses : memory.meantIn(mask)).filter(
        (address) => roster.find(address) !== undefined,
      );
      const nodes = addresses.filter((address) => roster.isNode(address));
      if (addresses.length === 0) continue;
      if (kind === 'only') roster.choose(addresses);
      else if (kind === 'also') roster.include(addresses);
      else if (kind === 'first') roster.putFirst(nodes);
      else if (nodes.length > 0) {
        // Those that were read already stay.
        const kept = roster.active().filter((address) => nodes.includes(address) || memory.wasRead(address));
        roster.choose([...kept, ...nodes.filter((address) => !kept.includes(address))]);
        this.offered = nodes;
      }
    }
  }

  private correct(mask: Masked): boolean {
    const found = correctionIn(mask, (token) => this.memory.meant(token, mask), this.roster);
    if (found === null) return false;
    this.roster.replace(found.wrong, found.right);
    this.memory.note([found.right], 'user');
    return true;
  }

  private takeLabels(mask: Masked): void {
    for (const { names, token } of labelsIn(mask.text))
      for (const known of this.memory.meant(token, mask).flatMap((address) => this.roster.find(address) ?? []))
        for (const name of names) this.roster.introduce({ address: known.address, name, standing: known.standing });
  }

  private takeOrder(mask: Masked, steps: readonly (readonly string[])[]): void {
    const active = this.roster.active();
    for (const turn of turnsIn(mask.text)) {
      const addresses = turn.flatMap((token) => this.memory.meant(token, mask));
      if (addresses.every((address) => active.includes(address))) this.roster.putFirst(addresses);
    }
    if (steps.length > 1) this.choosing.chooseInTurn(steps.flat());
    for (const order of orderIn(mask.text)) this.roster.reorder(order);
  }

  /** What the lines that begin with a name say of it. */
  private rowOf(name: string): string {
    return this.lines.filter((line) => line.startsWith(`${name} `)).join(' ');
  }
}

/** "take it off": one of several that was spoken of. */
const takenOff = /\b(?:take|leave|strike|cross|keep|rule) (?:it|that|this) (?:off|out)\b|\bexclude it\b/i;
const subjectBefore = /^(?:and |but |so |because |since |as )?(?:which|who|that|it|this|they|these|those)(?='s|'re| )/i;
const pointedAt = /\b(?:its?|there|the (?:node|host|card|link|disk|slot|board|port|box|machine))\b/i;

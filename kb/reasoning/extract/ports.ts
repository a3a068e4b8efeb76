import type { Memory } from './memory.ts';
import { portTalkIn } from './port-talk.ts';
import { isQuestion } from './proposal.ts';
import type { Masked } from './reference.ts';
import type { Roster } from './roster.ts';
import type { Said } from './said.ts';

/** Takes down what the operator says of SSH ports. */
export class Ports {
  /** What "the same port" means. */
  last: number | null = null;
  private readonly roster: Roster;
  private readonly memory: Memory;

  constructor(roster: Roster, memory: Memory) {
    this.roster = roster;
    this.memory = memory;
  }

  take(mask: Masked, before: Said | undefined): void {
    const isAsked = isQuestion(before) && /\bssh\b|\bports?\b|\blog ?in\b|\breach\b/i.test(before.text);
    const { said, inOrder, same } = portTalkIn(mask.text, isAsked);
    if (inOrder.length > 0) {
      this.deal(inOrder, mask);
      return;
    }
    for (const { token, port, isOfEach } of said)
      this.set(token === null ? [] : this.memory.meant(token, mask), port, isOfEach);
    for (const token of same) this.copy(this.memory.meant(token, mask));
  }

  /** One port for each of as many nodes. */
  private deal(ports: readonly number[], mask: Masked): void {
    const groups = [
      this.memory.meantIn(mask),
      this.memory.lastOf('user')?.addresses ?? [],
      this.roster.active(),
      this.roster.nodes(),
    ];
    const targets = groups.find((each) => each.length === ports.length) ?? [];
    targets.forEach((address, at) => this.roster.setPort([address], ports[at] ?? 22));
  }

  private set(addresses: readonly string[], port: number, isOfEach: boolean): void {
    const { roster } = this;
    this.last = port;
    const nodes = roster.nodes();
    if (addresses.length > 0 && !isOfEach) {
      roster.setPort(addresses, port);
      if (nodes.length > 1 && nodes.every((address) => addresses.includes(address))) roster.setPortOfAll(port, false);
    } else if (nodes.length === 1 && roster.active().length === 1) roster.setPort(nodes, port);
    else roster.setPortOfAll(port, isOfEach);
  }

  private copy(addresses: readonly string[]): void {
    const other = this.roster.nodes().findLast((address) => !addresses.includes(address));
    const port = this.last ?? (other === undefined ? null : this.roster.portOf(other));
    if (port !== null) this.roster.setPort(addresses, port);
  }
}

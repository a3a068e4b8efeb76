/**
 * What the operator made of an address: a node of the case; one row of a listing that was pasted whole; only spoken of;
 * a thing that is no node; one of former times or of a comparison.
 */
export type Standing = 'node' | 'listed' | 'bare' | 'foreign' | 'past';

export interface Entity {
  readonly address: string;
  readonly names: readonly string[];
  /** Its own SSH port; null where none was stated for it. */
  readonly port: number | null;
  readonly standing: Standing;
  /** Taken off the list. */
  readonly isOut: boolean;
  /** The line of a listing that it stands in. */
  readonly row: string;
}

export interface Introduction {
  readonly address: string;
  readonly standing: Standing;
  readonly name?: string | null;
  readonly port?: number | null;
  readonly row?: string;
}

/** The nodes that the conversation speaks of, which of them are chosen, and in which order. */
export class Roster {
  private readonly entities = new Map<string, Entity>();
  /** As they were listed. */
  private order: readonly string[] = [];
  /** What a choice or an order made of it; null while there was none. */
  private chosen: readonly string[] | null = null;
  private portOfAll: number | null = null;

  find(address: string): Entity | undefined {
    return this.entities.get(address);
  }

  all(): readonly Entity[] {
    return this.order.flatMap((address) => this.entities.get(address) ?? []);
  }

  isNode(address: string): boolean {
    const standing = this.entities.get(address)?.standing;
    return standing === 'node' || standing === 'listed' || standing === 'bare';
  }

  /** All that were introduced as nodes, those taken off included. */
  nodes(): readonly string[] {
    return this.order.filter((address) => this.isNode(address));
  }

  /** Those to look at as things stand: of the best standing that there is. */
  active(): readonly string[] {
    const wanted = (this.chosen ?? this.order).filter(
      (address) => this.isNode(address) && this.entities.get(address)?.isOut === false,
    );
    const best = (['node', 'listed', 'bare'] as const).find((standing) =>
      wanted.some((address) => this.entities.get(address)?.standing === standing),
    );
    return this.chosen === null ? wanted.filter((address) => this.entities.get(address)?.standing === best) : wanted;
  }

  portOf(address: string): number {
    return this.entities.get(address)?.port ?? this.portOfAll ?? 22;
  }

  introduce({ address, standing, name = null, port = null, row = '' }: Introduction): void {
    const known = this.entities.get(address);
    if (known === undefined) this.order = [...this.order, address];
    // A node that comes up after a choice joins it.
    if (known === undefined && standing === 'node' && this.chosen !== null) this.chosen = [...this.chosen, address];
    const names = known?.names ?? [];
    this.entities.set(address, {
      address,
      names: name === null || names.includes(name) ? names : [...names, name],
      port: port ?? known?.port ?? null,
      standing: known === undefined ? standing : better(known.standing, standing),
      isOut: known?.isOut ?? false,
      row: row === '' ? (known?.row ?? '') : row,
    });
  }

  /** A node that nobody doubted can not become a mere mention by it. */
  disown(addresses: readonly string[], standing: 'foreign' | 'past'): void {
    for (const address of addresses) {
      this.introduce({ address, standing });
      this.change(address, { standing });
    }
  }

  exclude(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (!this.entities.has(address)) this.introduce({ address, standing: 'past' });
      this.change(address, { isOut: true });
    }
    this.chosen = this.chosen?.filter((address) => !addresses.includes(address)) ?? null;
  }

  /** Takes in, or in again; such a one comes last. */
  include(addresses: readonly string[]): void {
    // Whoever comes beside them stands no higher than they.
    for (const address of this.active()) this.change(address, { standing: 'node' });
    for (const address of addresses) {
      const known = this.entities.get(address);
      const wasThere = this.active().includes(address);
      this.introduce({ address, standing: 'node' });
      this.change(address, { standing: 'node', isOut: false });
      if (wasThere) continue;
      if (known?.isOut === true) this.order = [...this.order.filter((each) => each !== address), address];
      if (this.chosen !== null) this.chosen = [...this.chosen.filter((each) => each !== address), address];
    }
  }

  /** A later choice replaces an earlier one. */
  choose(addresses: readonly string[]): void {
    this.include(addresses);
    this.chosen = [...new Set(addresses)];
  }

  putFirst(addresses: readonly string[]): void {
    this.include(addresses);
    this.chosen = [...new Set([...addresses, ...this.active()])];
  }

  putLast(addresses: readonly string[]): void {
    this.include(addresses);
    this.chosen = [...this.active().filter((each) => !addresses.includes(each)), ...new Set(addresses)];
  }

  reorder(by: (addresses: readonly string[]) => readonly string[]): void {
    this.chosen = by(this.active());
  }

  /** What was wrong gives its place, names and port to what is right. */
  replace(wrong: string, right: string): void {
    const { names = [], port = null } = this.entities.get(wrong) ?? {};
    const own = this.entities.get(right)?.port ?? null;
    this.entities.set(right, {
      address: right,
      names,
      port: own ?? port,
      standing: 'node',
      isOut: false,
      row: '',
    });
    const swap = (list: readonly string[]): readonly string[] =>
      list.filter((each) => each !== right).map((each) => (each === wrong ? right : each));
    this.order = [...swap(this.order), wrong];
    this.chosen = this.chosen === null ? null : swap(this.chosen);
    this.entities.set(wrong, { address: wrong, names: [], port: null, standing: 'past', isOut: true, row: '' });
  }

  setPort(addresses: readonly string[], port: number): void {
    for (const address of addresses) this.change(address, { port });
  }

  /** Stated for all: own ports stay, unless it says that it is of each. */
  setPortOfAll(port: number, isOfEach: boolean): void {
    this.portOfAll = port;
    if (isOfEach) for (const address of this.nodes()) this.change(address, { port: null });
  }

  private change(address: string, to: Partial<Entity>): void {
    const known = this.entities.get(address);
    if (known !== undefined) this.entities.set(address, { ...known, ...to });
  }
}

const strength: Readonly<Record<Standing, number>> = { past: 0, bare: 1, listed: 2, node: 3, foreign: 4 };

function better(one: Standing, other: Standing): Standing {
  return strength[other] > strength[one] ? other : one;
}

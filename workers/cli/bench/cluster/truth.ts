import type { Inventory } from '../../../../kb/schemas/inventory.ts';

export const faultKinds = ['fault', 'dual', 'decoy', 'noisy', 'twin', 'tool'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A fault as the simulated cluster lists it. */
export interface ListedFault {
  readonly id: string;
  readonly kind: FaultKind;
  readonly categories: readonly string[];
  /** What it strikes: a node, a gpu, a rack … */
  readonly place: string;
}

/** Where it was put, in the words of the simulated cluster. */
export interface Struck {
  readonly node: string;
  readonly gpu?: number | undefined;
  readonly hca?: string | undefined;
  readonly switch?: string | undefined;
  readonly rack?: string | undefined;
  readonly powerUnit?: string | undefined;
  readonly job?: string | undefined;
  readonly rank?: number | undefined;
  /** The other place of a fault that has two. */
  readonly second?: Omit<Struck, 'second'> | undefined;
}

/** One cause that a right verdict names. */
export interface TrueCause {
  /** Any of them counts; several only where two causes look the same. */
  readonly categories: readonly string[];
  readonly places: readonly TruePlace[];
}

/** One place that counts as right. */
export interface TruePlace {
  /** Nodes that may be named; none: naming one is wrong. */
  readonly nodes: readonly string[];
  /** It is in one node, and saying which is part of the answer. */
  readonly mustNameNode: boolean;
  /** Part of the answer where it is there. */
  readonly device?: { readonly kind: 'gpu'; readonly index: number } | { readonly kind: 'hca'; readonly name: string };
}

export interface Truth {
  readonly kind: FaultKind;
  /** None where nothing is wrong with the cluster. */
  readonly causes: readonly TrueCause[];
}

/** What is right to say of a fault that was put there. */
export function truthOf(
  fault: ListedFault,
  struck: Struck,
  inventory: Pick<Inventory, 'nodes'>,
  all: readonly ListedFault[],
): Truth {
  const { kind, categories } = fault;
  const { second, ...first } = struck;
  const place = (at: Omit<Struck, 'second'>, listed: string) => placeOf(at, listed, inventory);
  if (kind === 'twin')
    return { kind, causes: [{ categories: alikeCategories(fault, all), places: [place(first, fault.place)] }] };
  if (second === undefined || kind !== 'dual')
    return {
      kind,
      causes: categories.map((category) => ({ categories: [category], places: [place(first, fault.place)] })),
    };
  const [one, other] = categories;
  if (one === undefined) return { kind, causes: [] };
  // Of a fault and something that is none, the list does not say which of the two places has the fault.
  if (other === undefined)
    return {
      kind,
      causes: [{ categories: [one], places: deepest([place(first, fault.place), place(second, 'node')]) }],
    };
  return {
    kind,
    causes: [
      { categories: [one], places: [place(first, fault.place)] },
      { categories: [other], places: [place(second, 'node'), ...siteWide(other, second, all)] },
    ],
  };
}

/** `twin-NAME-ONE` and `twin-NAME-OTHER` look the same from everywhere. */
function alikeCategories({ id }: ListedFault, all: readonly ListedFault[]): readonly string[] {
  const stem = id.slice(0, id.lastIndexOf('-') + 1);
  const alike = all.filter((one) => one.kind === 'twin' && one.id.startsWith(stem));
  return [...new Set(alike.flatMap(({ categories }) => categories))];
}

function placeOf(at: Omit<Struck, 'second'>, listed: string, { nodes }: Pick<Inventory, 'nodes'>): TruePlace {
  const within = (isIn: (node: Inventory['nodes'][number]) => boolean): TruePlace => ({
    nodes: nodes.filter(isIn).map(({ name }) => name),
    mustNameNode: false,
  });
  if (at.rack !== undefined) return within(({ rack }) => rack === at.rack);
  if (at.powerUnit !== undefined) return within(({ powerUnit }) => powerUnit === at.powerUnit);
  if (at.switch !== undefined) return within(({ leaf }) => leaf === at.switch);
  // A rank's trouble is the job's; who names a node has to name that of the rank.
  if (at.rank !== undefined) return { nodes: [at.node], mustNameNode: false };
  if (at.job !== undefined || listed === 'cluster') return { nodes: [], mustNameNode: false };
  const node = { nodes: [at.node], mustNameNode: true };
  if (at.gpu !== undefined) return { ...node, device: { kind: 'gpu', index: at.gpu } };
  return at.hca === undefined ? node : { ...node, device: { kind: 'hca', name: at.hca } };
}

/** Of what strikes the whole cluster, the place is only its first node; the list says that of single faults. */
function siteWide(category: string, at: Omit<Struck, 'second'>, all: readonly ListedFault[]): readonly TruePlace[] {
  const isWide = all.some(({ place, categories }) => place === 'cluster' && categories.includes(category));
  const nodeAlone = at.gpu === undefined && at.hca === undefined && at.job === undefined && at.rack === undefined;
  return isWide && nodeAlone ? [{ nodes: [], mustNameNode: false }] : [];
}

/** Where one place is in a device of the node of another, that device is the answer. */
function deepest(places: readonly TruePlace[]): readonly TruePlace[] {
  const withDevice = places.filter(({ device }) => device !== undefined);
  const nodes = new Set(withDevice.flatMap((place) => place.nodes));
  return places.filter((place) => place.device !== undefined || !place.nodes.some((node) => nodes.has(node)));
}

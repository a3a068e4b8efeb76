import type { Category } from '../taxonomy.ts';
import { granularity } from './granularity.ts';
import type { Hypothesis } from './hypotheses.ts';

/** Probability by category; what stands in one is not told apart by place. */
export type Masses = ReadonlyMap<Category, number>;

/** Nodes that nothing tells apart so far: each of them has these masses. */
export interface NodeGroup {
  readonly nodes: readonly string[];
  readonly masses: Masses;
  /** Their sum. */
  readonly total: number;
}

/** The hypotheses over the nodes at which they may be true. */
export interface Spread {
  readonly groups: readonly NodeGroup[];
  /** Causes of the job as a whole, which show on any node. */
  readonly ofJob: Masses;
  readonly ofJobTotal: number;
  /** Causes at nodes that are not among those that may be asked. */
  readonly elsewhere: Masses;
  readonly elsewhereTotal: number;
  /** In the order of the hypotheses. */
  readonly categories: readonly Category[];
}

/** Causes without a place are spread over all nodes that might have them. */
export function spreadOver(hypotheses: readonly Hypothesis[], nodes: readonly string[]): Spread {
  const known = new Set(nodes);
  const everywhere = new Map<Category, number>();
  const ofJob = new Map<Category, number>();
  const elsewhere = new Map<Category, number>();
  const own = new Map<string, Map<Category, number>>();
  for (const { category, place, probability } of hypotheses) {
    if (place.node !== undefined && known.has(place.node)) {
      const masses = own.get(place.node) ?? new Map<Category, number>();
      own.set(place.node, masses);
      add(masses, category, probability);
    } else if (place.node !== undefined) add(elsewhere, category, probability);
    else if (granularity(category) === 'job' || nodes.length === 0) add(ofJob, category, probability);
    else add(everywhere, category, probability / nodes.length);
  }
  const plain = nodes.filter((node) => !own.has(node));
  return {
    groups: [
      ...(plain.length === 0 ? [] : [groupOf(plain, everywhere)]),
      ...[...own].map(([node, masses]) => groupOf([node], together(everywhere, masses))),
    ],
    ofJob,
    ofJobTotal: totalOf(ofJob),
    elsewhere,
    elsewhereTotal: totalOf(elsewhere),
    categories: [...new Set(hypotheses.map(({ category }) => category))],
  };
}

/** The spread after these nodes gave an answer that has this probability under each category. */
export function afterAnswer(
  spread: Spread,
  nodes: ReadonlySet<string>,
  likelihood: (category: Category) => number,
): Spread {
  const ofJob = scaled(spread.ofJob, likelihood);
  return {
    ...spread,
    groups: spread.groups.flatMap((group) => {
      const [asked, others] = [
        group.nodes.filter((node) => nodes.has(node)),
        group.nodes.filter((node) => !nodes.has(node)),
      ];
      return [
        ...(asked.length === 0 ? [] : [groupOf(asked, scaled(group.masses, likelihood))]),
        ...(others.length === 0 ? [] : [{ ...group, nodes: others }]),
      ];
    }),
    ofJob,
    ofJobTotal: totalOf(ofJob),
  };
}

/** All that is left, in no unit: it is 1 before anything was asked. */
export function totalMass({ groups, ofJobTotal, elsewhereTotal }: Spread): number {
  return groups.reduce((sum, { nodes, total }) => sum + nodes.length * total, ofJobTotal + elsewhereTotal);
}

/** Of one category, wherever it may be. */
export function massOf({ groups, ofJob, elsewhere }: Spread, category: Category): number {
  return groups.reduce(
    (sum, { nodes, masses }) => sum + nodes.length * (masses.get(category) ?? 0),
    (ofJob.get(category) ?? 0) + (elsewhere.get(category) ?? 0),
  );
}

function groupOf(nodes: readonly string[], masses: Masses): NodeGroup {
  return { nodes, masses, total: totalOf(masses) };
}

function together(a: Masses, b: Masses): Masses {
  const sum = new Map(a);
  for (const [category, mass] of b) add(sum, category, mass);
  return sum;
}

function scaled(masses: Masses, by: (category: Category) => number): Masses {
  return new Map([...masses].map(([category, mass]) => [category, mass * by(category)]));
}

function add(masses: Map<Category, number>, category: Category, mass: number): void {
  masses.set(category, (masses.get(category) ?? 0) + mass);
}

function totalOf(masses: Masses): number {
  return [...masses.values()].reduce((sum, mass) => sum + mass, 0);
}

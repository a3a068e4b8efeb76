import type { Category } from '../../taxonomy.ts';
import type { Graph, GraphNode } from '../graph.ts';
import { keyOf } from '../hypotheses.ts';
import { placeOf, type Place } from '../places.ts';

/** One hypothesis through the graph: what was thought of it, in order. */
export interface Branch {
  readonly key: string;
  readonly category: Category;
  readonly place: Place;
  readonly nodes: readonly GraphNode[];
}

/** In the order in which they were first thought of; struck thoughts and those of others than the rules are left out. */
export function branchesOf(graph: Graph): readonly Branch[] {
  const thoughts = graph.nodes.flatMap((node) => {
    const about = isOwn(node) ? subjectOf(node) : null;
    return about === null ? [] : [{ node, ...about, key: keyOf(about) }];
  });
  return [...Map.groupBy(thoughts, ({ key }) => key)].flatMap(([key, ofKey]) => {
    const [first] = ofKey;
    if (first === undefined) return [];
    return [{ key, category: first.category, place: first.place, nodes: ofKey.map(({ node }) => node) }];
  });
}

/** What is held of the hypothesis now: its latest thought that weighs it. */
export function latestOf({ nodes }: Graph, key: string): GraphNode | null {
  const isLatest = (node: GraphNode): boolean => {
    const about = weighs(node) && isOwn(node) ? subjectOf(node) : null;
    return about !== null && keyOf(about) === key;
  };
  return nodes.findLast(isLatest) ?? null;
}

/** A thought of the rules about one hypothesis. */
function isOwn({ struck, by, joins }: GraphNode): boolean {
  return struck === undefined && (by === undefined || by === 'rules') && joins === undefined;
}

function weighs({ type }: GraphNode): boolean {
  return type === 'proposition' || type === 'refinement' || type === 'verification';
}

/** The hypothesis that a thought is about; null for one about the round as a whole. */
export function subjectOf({ cause }: GraphNode): { readonly category: Category; readonly place: Place } | null {
  if (cause === undefined) return null;
  const { category, node, device } = cause;
  const of =
    device === undefined
      ? undefined
      : {
          kind: device.kind,
          ...(device.index === undefined ? {} : { index: device.index }),
          ...(device.name === undefined ? {} : { name: device.name }),
        };
  return { category, place: placeOf({ node, device: of }) };
}

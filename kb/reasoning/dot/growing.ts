import { addNode, graphNodesMax, type Graph, type GraphNode, type GraphNodeDraft } from '../graph.ts';

/** Kept free for the ends of the last rounds, so that a long incident still says how it ended. */
const summariesReserved = 10;

/** A graph that grows by thoughts; one that was the last of its sort and says the same is not added a second time. */
export interface Growing {
  readonly graph: () => Graph;
  /** Id of the new or the known node; null where the graph is full. */
  readonly think: (draft: GraphNodeDraft) => string | null;
}

export function growing(from: Graph): Growing {
  let graph = from;
  const last = new Map(from.nodes.map((node) => [sortOf(node), node]));
  return {
    graph: () => graph,
    think(draft) {
      const before = last.get(sortOf(draft));
      if (before !== undefined && says(before) === says(draft)) return before.id;
      const room = graphNodesMax - (draft.type === 'summary' ? 0 : summariesReserved);
      if (graph.nodes.length >= room) return null;
      const added = addNode(graph, draft);
      graph = added.graph;
      last.set(sortOf(draft), { id: added.id, ...draft });
      return added.id;
    },
  };
}

/** Thoughts of one sort follow each other: of one round, about one cause. The same branches are joined once. */
function sortOf({ type, round, text, cause, joins, by }: GraphNodeDraft | GraphNode): string {
  return JSON.stringify([type, joins === undefined ? round : text, cause ?? null, by ?? 'rules']);
}

/** What a thought says and from which readings. Only a round's end says something else where it rests on other thoughts. */
function says({ type, text, findingIds, dependsOn }: GraphNodeDraft | GraphNode): string {
  return JSON.stringify([text, findingIds, type === 'summary' ? dependsOn : null]);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNode,
  emptyGraph,
  graphNodesMax,
  graphSchema,
  type Graph,
  type GraphNodeDraft,
} from '../../../kb/reasoning/graph.ts';

const draft = (dependsOn: readonly string[], type: GraphNodeDraft['type'] = 'proposition'): GraphNodeDraft => ({
  type,
  round: 1,
  text: 'a thought',
  dependsOn: [...dependsOn],
  findingIds: [],
  ranges: [],
});

const anyGraph = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 60 }).map((edges) =>
  edges.reduce<Graph>((graph, picks) => {
    const earlier = picks.flatMap((pick) => (graph.nodes.length === 0 ? [] : [`n${(pick % graph.nodes.length) + 1}`]));
    return addNode(graph, draft([...new Set(earlier)])).graph;
  }, emptyGraph),
);

describe('a diagram of thought', () => {
  it('only ever has edges to earlier nodes, so it has no cycle', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const position = new Map(graph.nodes.map((node, index) => [node.id, index]));
        for (const [index, node] of graph.nodes.entries())
          expect(node.dependsOn.every((id) => (position.get(id) ?? Number.POSITIVE_INFINITY) < index)).toBe(true);
      }),
    );
  });

  it('comes back the same from JSON', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        expect(graphSchema.parse(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
      }),
    );
  });

  it('refuses a node that depends on one which is not there', () => {
    expect(() => addNode(emptyGraph, draft(['n1']))).toThrow(/n1/);
  });

  it('leaves the graph that it was given as it was', () => {
    const { graph } = addNode(emptyGraph, draft([]));
    addNode(graph, draft(['n1'], 'critique'));
    expect(graph.nodes).toHaveLength(1);
    expect(emptyGraph.nodes).toHaveLength(0);
  });

  it('refuses a stored graph in which an edge leads forwards', () => {
    const stored = {
      version: 1,
      nodes: [
        { id: 'n1', ...draft(['n2']) },
        { id: 'n2', ...draft([]) },
      ],
    };
    expect(graphSchema.safeParse(stored).success).toBe(false);
  });

  it('is full at its bound', () => {
    const full: Graph = {
      version: 1,
      nodes: Array.from({ length: graphNodesMax }, (_, index) => ({ id: `n${index + 1}`, ...draft([]) })),
    };
    expect(() => addNode(full, draft([]))).toThrow(/full/);
  });
});

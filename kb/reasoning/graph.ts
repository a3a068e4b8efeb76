import { z } from 'zod';
import { categories } from '../taxonomy.ts';

/** Nodes of one incident's graph: three rounds, some of them repeated, at about fifteen nodes each. */
export const graphNodesMax = 500;

const deviceSchema = z.strictObject({
  kind: z.enum(['gpu', 'hca', 'disk', 'host']),
  index: z.int().optional(),
  name: z.string().optional(),
});

const rangeSchema = z.strictObject({
  evidenceId: z.string(),
  source: z.string(),
  line: z.int().optional(),
  byteStart: z.int().optional(),
  byteEnd: z.int().optional(),
});

/**
 * How a part of a thought is written, beside its plain text: the sorts of text that the paper's agent marks with tags
 * (arXiv:2411.05349, section 4.3.2).
 */
export const expressionForms = ['symbols', 'code', 'formula', 'rule'] as const;
export type ExpressionForm = (typeof expressionForms)[number];
export const expressionsMax = 8;
export const expressionCharsMax = 400;

/** Why two branches become one. */
const joints = ['same-cause', 'cascade', 'together'] as const;

const nodeSchema = z.strictObject({
  id: z.string().regex(/^n[1-9][0-9]*$/),
  type: z.enum(['proposition', 'critique', 'refinement', 'verification', 'summary']),
  round: z.literal([1, 2, 3]),
  /** Our own words. */
  text: z.string().max(2000),
  /** Ids of earlier nodes. */
  dependsOn: z.array(z.string()).max(100),
  cause: z
    .strictObject({
      category: z.enum([...categories, 'unlisted']),
      node: z.string().optional(),
      device: deviceSchema.optional(),
    })
    .optional(),
  probability: z.number().gt(0).lt(1).optional(),
  findingIds: z.array(z.string()).max(50),
  ranges: z.array(rangeSchema).max(50),
  /**
   * Who thought it; absent in graphs stored before a model could, which are the rules' own. `model-code`: a program that
   * the model wrote.
   */
  by: z.enum(['rules', 'model', 'model-code']).optional(),
  /** Why this claim was struck; such a node stays visible and carries nothing. */
  struck: z.string().min(1).max(500).optional(),
  /** Signs, probes, sums and inferences of it; absent in older graphs. */
  expressions: z
    .array(z.strictObject({ form: z.enum(expressionForms), text: z.string().max(expressionCharsMax) }))
    .max(expressionsMax)
    .optional(),
  /** Set where branches are joined by it. */
  joins: z.enum(joints).optional(),
});

/** Also checks a stored graph: it refuses one in which an edge does not lead to an earlier node. */
export const graphSchema = z
  .strictObject({ version: z.literal(1), nodes: z.array(nodeSchema).max(graphNodesMax) })
  .superRefine((graph, ctx) => {
    const earlier = new Set<string>();
    graph.nodes.forEach((node, index) => {
      if (node.id !== `n${index + 1}`)
        ctx.addIssue({ code: 'custom', message: `node ${index + 1} is called ${node.id}` });
      for (const id of node.dependsOn)
        if (!earlier.has(id))
          ctx.addIssue({ code: 'custom', message: `${node.id} depends on ${id}, which is not earlier` });
      earlier.add(node.id);
    });
  });

/** A Diagram of Thought (Zhang et al. 2024, arXiv:2409.10038): acyclic, because edges lead to earlier nodes only. */
export type Graph = z.infer<typeof graphSchema>;
export type GraphNode = z.infer<typeof nodeSchema>;
export type GraphNodeDraft = Omit<GraphNode, 'id'>;
export type Expression = NonNullable<GraphNode['expressions']>[number];

export const emptyGraph: Graph = { version: 1, nodes: [] };

/** The graph with one more node; its id is its position. */
export function addNode(graph: Graph, draft: GraphNodeDraft): { readonly graph: Graph; readonly id: string } {
  if (graph.nodes.length >= graphNodesMax) throw new Error(`the graph is full: ${graphNodesMax} nodes`);
  const known = new Set(graph.nodes.map((node) => node.id));
  const missing = draft.dependsOn.find((id) => !known.has(id));
  if (missing !== undefined) throw new Error(`a node depends on ${missing}, which is not in the graph`);
  const id = `n${graph.nodes.length + 1}`;
  return { graph: { version: 1, nodes: [...graph.nodes, { id, ...draft }] }, id };
}

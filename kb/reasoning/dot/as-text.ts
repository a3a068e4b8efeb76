import { wrapped } from '../wrapped.ts';
import type { Expression, Graph, GraphNode } from '../graph.ts';
import { shown } from '../shown.ts';

export type TextStyle = 'bold' | 'dim' | 'cyan' | 'red' | 'yellow' | 'green';

export interface TextOptions {
  /** Columns; lines are broken at blanks. */
  readonly width?: number;
  /** Paints a piece; without it nothing is painted. */
  readonly colour?: (style: TextStyle, text: string) => string;
}

const widthUsual = 100;
const widthMin = 40;
const textCharsMax = 600;
const expressionsShownMax = 4;
export const graphLinesMax = 2_000;

/**
 * The graph as a tree for terminals: a proposition with what was thought of it below, then the joints and the end of each
 * round. What else a thought rests on stands behind an arrow.
 */
export function graphText(graph: Graph, { width = widthUsual, colour = unpainted }: TextOptions = {}): string {
  const columns = Math.max(widthMin, Math.floor(width));
  if (graph.nodes.length === 0) return 'Nothing was thought yet.';
  const lines = treesOf(graph).flatMap(({ root, below }) => [
    ...nodeLines(root, { head: '', tail: below.length > 0 ? '│  ' : '   ', parent: null }, columns, colour),
    ...below.flatMap((node, at) => {
      const isLast = at === below.length - 1;
      const frame = { head: isLast ? '└─ ' : '├─ ', tail: isLast ? '   ' : '│  ', parent: root.id };
      return nodeLines(node, frame, columns, colour);
    }),
  ]);
  if (lines.length <= graphLinesMax) return lines.join('\n');
  return [...lines.slice(0, graphLinesMax), `… ${lines.length - graphLinesMax} more lines`].join('\n');
}

interface Tree {
  readonly root: GraphNode;
  readonly below: readonly GraphNode[];
}

/** A node hangs below the root of what it rests on first; the ends of rounds stand for themselves. */
function treesOf({ nodes }: Graph): readonly Tree[] {
  const rootOf = new Map<string, string>();
  for (const node of nodes) {
    const first = node.type === 'summary' ? undefined : node.dependsOn[0];
    rootOf.set(node.id, (first === undefined ? undefined : rootOf.get(first)) ?? node.id);
  }
  const below = Map.groupBy(
    nodes.filter(({ id }) => rootOf.get(id) !== id),
    ({ id }) => rootOf.get(id) ?? id,
  );
  const roots = nodes.filter(({ id }) => rootOf.get(id) === id);
  const ends = roots.filter(({ type }) => type === 'summary');
  return [...roots.filter(({ type }) => type !== 'summary'), ...ends].map((root) => ({
    root,
    below: below.get(root.id) ?? [],
  }));
}

interface Frame {
  readonly head: string;
  readonly tail: string;
  /** Not named again behind the arrow. */
  readonly parent: string | null;
}

type Colour = NonNullable<TextOptions['colour']>;

function nodeLines(node: GraphNode, { head, tail, parent }: Frame, columns: number, colour: Colour): readonly string[] {
  const { id, type, round, joins, by, struck, findingIds, expressions = [] } = node;
  const rests = node.dependsOn.filter((on) => on !== parent).slice(0, restsShownMax);
  const title = [
    colour('dim', `${id} round ${round}`),
    colour(struck === undefined ? styles[type] : 'dim', joins === undefined ? type : `${type}, joined: ${joins}`),
    ...(by === undefined || by === 'rules' ? [] : [colour('cyan', authorWords[by])]),
    ...(rests.length === 0 ? [] : [colour('dim', `← ${rests.join(' ')}`)]),
    ...(findingIds.length === 0 ? [] : [colour('dim', `[${findingIds.length} cited]`)]),
  ].join('  ');
  const body = wrapped(shown(node.text, textCharsMax), columns - tail.length);
  const said = struck === undefined ? body : body.map((line) => colour('dim', line));
  const reason =
    struck === undefined
      ? []
      : wrapped(`struck: ${shown(struck, textCharsMax)}`, columns - tail.length).map((line) => colour('red', line));
  const rows = [...said, ...reason, ...expressionLines(expressions, columns - tail.length, colour)];
  return [`${head}${title}`, ...rows.map((line) => `${tail}${line}`)];
}

const restsShownMax = 12;

/** Whose thought it is, where it is not the rules' own. */
export const authorWords = { model: 'by the model', 'model-code': 'by: model-code' } as const;

const styles: Readonly<Record<GraphNode['type'], TextStyle>> = {
  proposition: 'bold',
  critique: 'red',
  refinement: 'yellow',
  verification: 'green',
  summary: 'cyan',
};

function expressionLines(expressions: readonly Expression[], columns: number, colour: Colour): readonly string[] {
  return expressions
    .slice(0, expressionsShownMax)
    .flatMap(({ form, text }) => wrapped(`${form}: ${shown(text, textCharsMax)}`, columns - 2))
    .map((line) => colour('dim', `  ${line}`));
}

function unpainted(_style: TextStyle, text: string): string {
  return text;
}

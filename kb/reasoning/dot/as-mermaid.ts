import type { Graph, GraphNode } from '../graph.ts';
import { authorWords } from './as-text.ts';
import { shown } from '../shown.ts';

/** Nodes drawn at most: a larger picture is read by nobody, and viewers refuse it. */
export const nodesDrawnMax = 150;
const labelCharsMax = 160;
const edgesPerNodeMax = 12;

/**
 * The graph as a Mermaid flowchart. Everything that is not a letter, a digit or a plain mark is written as a character
 * code, so no name can end a label, begin a comment or add a line.
 */
export function graphMermaid(graph: Graph): string {
  const drawn = graph.nodes.slice(-nodesDrawnMax);
  const ids = new Set(drawn.map(({ id }) => id));
  const left = graph.nodes.length - drawn.length;
  return [
    'flowchart TD',
    ...(left === 0 ? [] : [`  earlier["${encoded(`${left} earlier thoughts are left out`)}"]`]),
    ...drawn.map((node) => `  ${node.id}${boxOf(node)}`),
    ...drawn.flatMap((node) =>
      node.dependsOn
        .filter((id) => ids.has(id))
        .slice(0, edgesPerNodeMax)
        .map((id) => `  ${id} ${node.struck === undefined ? '-->' : '-.->'} ${node.id}`),
    ),
    '  classDef proposition fill:#e8f0fe,stroke:#3367d6',
    '  classDef critique fill:#fce8e6,stroke:#c5221f',
    '  classDef refinement fill:#fef7e0,stroke:#b06000',
    '  classDef verification fill:#e6f4ea,stroke:#137333',
    '  classDef summary fill:#f1f3f4,stroke:#3c4043',
    '  classDef struck fill:#ffffff,stroke:#9aa0a6,stroke-dasharray:4 3',
    ...[...Map.groupBy(drawn, classOf)].map(
      ([name, nodes]) => `  class ${nodes.map(({ id }) => id).join(',')} ${name}`,
    ),
    '',
  ].join('\n');
}

function classOf({ type, struck }: GraphNode): string {
  return struck === undefined ? type : 'struck';
}

/** Propositions are round, summaries are boxes within boxes, the rest are boxes. */
function boxOf(node: GraphNode): string {
  const { type, round, by, struck, expressions = [] } = node;
  const first = expressions.find(({ form }) => form === 'rule' || form === 'formula' || form === 'code');
  const lines = [
    `${type}, round ${round}${by === undefined || by === 'rules' ? '' : `, ${authorWords[by]}`}`,
    shown(node.text, labelCharsMax),
    ...(first === undefined ? [] : [shown(first.text, labelCharsMax)]),
    ...(struck === undefined ? [] : [`struck: ${shown(struck, labelCharsMax)}`]),
  ];
  const label = `"${lines.map(encoded).join('<br/>')}"`;
  if (type === 'proposition') return `(${label})`;
  return type === 'summary' ? `[[${label}]]` : `[${label}]`;
}

/** Mermaid's own form of a character code; see "Entity codes to escape characters" of its flowchart syntax. */
function encoded(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9 .,()/+=-]/gu, (character) => `#${character.codePointAt(0)};`);
}

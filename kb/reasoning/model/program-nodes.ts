import type { Finding } from '../../../workflows/domain/finding.ts';
import { addNode, graphNodesMax, type Graph, type GraphNodeDraft } from '../graph.ts';
import { readable } from './tagged.ts';

/** What one program of the model came to. */
export interface ProgramRun {
  readonly findings: readonly Finding[];
  /** Why it has no result, in our words; null where it has one. */
  readonly refused: string | null;
}

const textCharsMax = 600;

/**
 * The results of programs as thoughts of the graph, marked as such. Nothing rests on them and they are about no
 * hypothesis: they are there to be read. What is there already is not added again.
 */
export function withPrograms(graph: Graph, runs: readonly ProgramRun[], round: 1 | 2 | 3): Graph {
  const drafts = runs.flatMap(({ findings, refused }) =>
    refused === null
      ? findings.map((finding) => resultNode(finding, round))
      : [{ ...node('A program that the model wrote has no result.', round), struck: refused }],
  );
  return drafts.reduce((now, draft) => {
    const isThere = now.nodes.some(
      ({ by, text, struck, findingIds }) =>
        by === 'model-code' &&
        text === draft.text &&
        struck === draft.struck &&
        findingIds.join() === draft.findingIds.join(),
    );
    return isThere || now.nodes.length >= graphNodesMax ? now : addNode(now, draft).graph;
  }, graph);
}

function resultNode({ id, range, text }: Finding, round: 1 | 2 | 3): GraphNodeDraft {
  return { ...node(text, round), findingIds: [id], ranges: [range] };
}

function node(text: string, round: 1 | 2 | 3): GraphNodeDraft {
  return {
    type: 'verification',
    round,
    text: readable(text).slice(0, textCharsMax),
    dependsOn: [],
    findingIds: [],
    ranges: [],
    by: 'model-code',
  };
}

import type { Cause, RankedCause } from '../../../workflows/domain/finding.ts';
import { addNode, graphNodesMax, type Graph, type GraphNode, type GraphNodeDraft } from '../graph.ts';
import { causeText } from '../places.ts';
import type { Opinion, OpinionClaim, OpinionHypothesis } from './opinion.ts';

/** The model takes at most this much of a graph: what the rules think has to find room in every later round. */
const modelNodesMax = Math.floor(graphNodesMax / 4);
const citesMax = 50;
const textCharsMax = 2_000;
const struckCharsMax = 500;

/**
 * The model's propositions and critiques as nodes of the graph, marked as its own, struck ones with the reason. What is
 * there already, because a round is thought again, is not added again.
 */
export function withOpinion(graph: Graph, opinion: Opinion, round: 1 | 2 | 3): Graph {
  let now = graph;
  const placed: (string | null)[] = [];
  for (const hypothesis of opinion.hypotheses) {
    const added = addOnce(now, propositionOf(hypothesis, round));
    now = added.graph;
    placed.push(added.id);
    if (!hypothesis.stands) continue;
    for (const claim of hypothesis.claims)
      if (claim.struck !== undefined) now = addOnce(now, struckNode(claim, hypothesis, round, added.id)).graph;
  }
  for (const critique of opinion.critiques) {
    const of = critique.of === 0 ? latestOfRules(graph) : (placed[critique.of - 1] ?? null);
    now = addOnce(now, critiqueNode(critique, round, of)).graph;
  }
  return now;
}

/** What became of a doubt of the model. `text` is ours. */
export function withVerdictOf(graph: Graph, cause: RankedCause, text: string, round: 1 | 2 | 3): Graph {
  const about = graph.nodes.findLast(
    (node) => node.by === 'model' && node.type === 'proposition' && node.cause?.category === cause.category,
  );
  return addOnce(graph, {
    type: 'verification',
    round,
    text: text.slice(0, textCharsMax),
    dependsOn: about === undefined ? [] : [about.id],
    findingIds: [],
    ranges: [],
    by: 'model',
  }).graph;
}

function propositionOf(hypothesis: OpinionHypothesis, round: 1 | 2 | 3): GraphNodeDraft {
  const { claims, stands, probability } = hypothesis;
  const kept = claims.filter(({ struck }) => struck === undefined);
  const shown = stands ? kept : claims;
  const said = shown.map(({ tag, text }) => `[${tag}] ${text}`).join(' ');
  const reason = claims.map(({ struck }) => struck).find((one) => one !== undefined) ?? 'claims nothing';
  return {
    type: 'proposition',
    round,
    text: `The model: ${causeText(hypothesisCause(hypothesis))} at ${Math.round(100 * probability)} %. ${said}`
      .trim()
      .slice(0, textCharsMax),
    dependsOn: [],
    cause: hypothesisCause(hypothesis),
    ...citesOf(kept),
    by: 'model',
    ...(stands ? {} : { struck: `no claim of it is grounded: ${reason}`.slice(0, struckCharsMax) }),
  };
}

function hypothesisCause({ category, node, device }: OpinionHypothesis): Cause {
  return {
    category,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined ? {} : { device }),
  };
}

function struckNode(
  claim: OpinionClaim,
  hypothesis: OpinionHypothesis,
  round: 1 | 2 | 3,
  of: string | null,
): GraphNodeDraft {
  return {
    type: 'proposition',
    round,
    text: `The model: [${claim.tag}] ${claim.text}`.slice(0, textCharsMax),
    dependsOn: of === null ? [] : [of],
    cause: hypothesisCause(hypothesis),
    findingIds: [],
    ranges: [],
    by: 'model',
    struck: (claim.struck ?? 'struck').slice(0, struckCharsMax),
  };
}

function critiqueNode(claim: OpinionClaim, round: 1 | 2 | 3, of: string | null): GraphNodeDraft {
  return {
    type: 'critique',
    round,
    text: `The model: [${claim.tag}] ${claim.text}`.slice(0, textCharsMax),
    dependsOn: of === null ? [] : [of],
    ...(claim.struck === undefined ? citesOf([claim]) : { findingIds: [], ranges: [] }),
    by: 'model',
    ...(claim.struck === undefined ? {} : { struck: claim.struck.slice(0, struckCharsMax) }),
  };
}

function citesOf(claims: readonly OpinionClaim[]): Pick<GraphNodeDraft, 'findingIds' | 'ranges'> {
  return {
    findingIds: [...new Set(claims.flatMap(({ findingIds }) => findingIds))].slice(0, citesMax),
    ranges: claims.flatMap(({ ranges }) => ranges).slice(0, citesMax),
  };
}

/** What the rules thought of their leader last. */
function latestOfRules({ nodes }: Graph): string | null {
  const leader = nodes.findLast(({ by, cause }) => (by === undefined || by === 'rules') && cause !== undefined);
  return leader?.id ?? null;
}

function addOnce(graph: Graph, draft: GraphNodeDraft): { readonly graph: Graph; readonly id: string | null } {
  const own = graph.nodes.filter(({ by }) => by === 'model');
  const there = own.find((node) => isSame(node, draft));
  if (there !== undefined) return { graph, id: there.id };
  if (own.length >= modelNodesMax || graph.nodes.length >= graphNodesMax) return { graph, id: null };
  return addNode(graph, draft);
}

function isSame(node: GraphNode, draft: GraphNodeDraft): boolean {
  return node.type === draft.type && node.text === draft.text && node.struck === draft.struck;
}

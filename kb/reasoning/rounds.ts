import type { Claim, ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { claim, claimOf, describe, oddsText, rankedCause } from './claims.ts';
import { addNode, emptyGraph, type Graph, type GraphNodeDraft } from './graph.ts';
import { groundCause, groundClaims, groundVerdict } from './grounding.ts';
import { keyOf, type Hypothesis } from './hypotheses.ts';
import type { Knowledge } from './knowledge.ts';
import { causeText } from './places.ts';
import { chooseProbes } from './probe-choice.ts';
import { survey, type ReasonInput, type Scene } from './scene.ts';
import { verdictOf } from './verdict.ts';
import { alreadyRefuting, firstWishes, secondWishes, thirdWishes, withinBatch } from './wishes.ts';

export interface Reasoned {
  readonly graph: Graph;
  readonly hypotheses: readonly RankedCause[];
  readonly verdict: Verdict | null;
  readonly wantedProbes: readonly ProbeWish[];
  readonly summary: string;
  /** Claims that cited what does not exist. */
  readonly struck: number;
}

/**
 * One round of the `rules` reasoner. Round 1 proposes, round 2 criticises and asks for probes, round 3 asks for one
 * probe that could refute the leader, and for what its repair has to know; called again, it attributes.
 */
export function reason(input: ReasonInput, knowledge: Knowledge): Reasoned {
  const scene = survey(input, knowledge);
  switch (input.round) {
    case 1:
      return conclude(scene, proposeAll(scene), null, withinBatch(firstWishes(scene)));
    case 2:
      return conclude(scene, criticiseAll(scene), null, withinBatch(secondWishes(scene)));
    case 3: {
      const wishes = alreadyRefuting(input) ? [] : withinBatch(thirdWishes(scene));
      if (wishes.length > 0) return conclude(scene, verify(scene), null, wishes);
      return conclude(scene, verify(scene), verdictOf(scene.ranking, scene.proof, decidingProbe(scene)), []);
    }
  }
}

/** Named for people where nothing was proven: they may also put load on a node that they have taken out. */
function decidingProbe({ choice }: Scene): ProbeWish | undefined {
  return chooseProbes(choice, 1)[0] ?? chooseProbes({ ...choice, load: true }, 1)[0];
}

/** Round 1: one proposition for each hypothesis that stands. */
function proposeAll({ standing, input }: Scene): Graph {
  return standing.reduce(
    (graph, hypothesis) => addNode(graph, proposition(hypothesis)).graph,
    input.previousGraph ?? emptyGraph,
  );
}

function proposition(hypothesis: Hypothesis): GraphNodeDraft {
  const because = hypothesis.for
    .map(({ observation }) => describe(observation))
    .slice(0, 3)
    .join('; ');
  const recalled =
    hypothesis.recalled.length === 0 ? '' : ` Similar incidents: ${hypothesis.recalled.slice(0, 3).join(', ')}.`;
  return {
    ...cites(
      claim(
        '',
        hypothesis.for.flatMap(({ observation }) => observation.findings),
      ),
    ),
    type: 'proposition',
    round: 1,
    text: `${named(hypothesis)} at ${percent(hypothesis)}${because === '' ? '' : `, because: ${because}`}.${recalled}`,
    dependsOn: [],
    ...about(hypothesis),
  };
}

/** Round 2: for each hypothesis what speaks against it, and what is left of it after that. */
function criticiseAll(scene: Scene): Graph {
  let graph = scene.input.previousGraph ?? emptyGraph;
  for (const hypothesis of scene.standing) {
    const earlier = latestAbout(graph, hypothesis);
    const criticised = addNode(graph, {
      ...cites(
        claim(
          '',
          hypothesis.against.flatMap(({ observation }) => observation.findings),
        ),
      ),
      type: 'critique',
      round: 2,
      text: critique(hypothesis, scene.standing),
      dependsOn: earlier === null ? [] : [earlier.id],
      ...about(hypothesis),
    });
    const was = earlier?.probability === undefined ? '' : `, was ${Math.round(100 * earlier.probability)} %`;
    graph = addNode(criticised.graph, {
      ...cites(
        claim(
          '',
          hypothesis.for.flatMap(({ observation }) => observation.findings),
        ),
      ),
      type: 'refinement',
      round: 2,
      text: `${named(hypothesis)} now at ${percent(hypothesis)}${was}.`,
      dependsOn: [criticised.id],
      ...about(hypothesis),
    }).graph;
  }
  return graph;
}

function critique(hypothesis: Hypothesis, standing: readonly Hypothesis[]): string {
  const against = hypothesis.against.map(({ observation, weight }) => `${describe(observation)} ${oddsText(weight)}`);
  const explained = new Set(hypothesis.for.map(({ observation }) => observation.kind.id));
  const rival = standing.find(
    (other) =>
      keyOf(other) !== keyOf(hypothesis) &&
      other.category !== hypothesis.category &&
      other.for.some(({ observation }) => explained.has(observation.kind.id)),
  );
  const points = [
    ...against.slice(0, 3),
    ...(hypothesis.followsFrom === null
      ? []
      : [`its evidence begins after ${named(hypothesis.followsFrom)}, which explains it`]),
    ...(rival === undefined ? [] : [`${named(rival)} explains some of the same evidence`]),
    ...(hypothesis.for.some(({ observation }) => observation.role === 'cause')
      ? []
      : ['only symptoms and likeness speak for it']),
  ];
  return points.length === 0
    ? `Nothing that was read speaks against ${named(hypothesis)}.`
    : `Against ${named(hypothesis)}: ${points.join('; ')}.`;
}

/** Round 3: what measurements say of the leader and its closest rival. */
function verify(scene: Scene): Graph {
  return scene.standing.slice(0, 2).reduce((graph, hypothesis) => {
    const measured = [...hypothesis.for, ...hypothesis.against].filter(({ observation }) =>
      scene.proof.isMeasured(observation.kind.id),
    );
    const earlier = latestAbout(graph, hypothesis);
    const said = measured.slice(0, 4).map(({ observation, weight }) => `${describe(observation)} ${oddsText(weight)}`);
    return addNode(graph, {
      ...cites(
        claim(
          '',
          measured.flatMap(({ observation }) => observation.findings),
        ),
      ),
      type: 'verification',
      round: 3,
      text:
        said.length === 0
          ? `No probe has measured anything that bears on ${named(hypothesis)}; it stands at ${percent(hypothesis)}.`
          : `${named(hypothesis)} stands at ${percent(hypothesis)} after probes: ${said.join('; ')}.`,
      dependsOn: earlier === null ? [] : [earlier.id],
      ...about(hypothesis),
    }).graph;
  }, scene.input.previousGraph ?? emptyGraph);
}

function conclude(scene: Scene, graph: Graph, verdict: Verdict | null, wantedProbes: readonly ProbeWish[]): Reasoned {
  const hypotheses = scene.standing.map((hypothesis) => groundCause(rankedCause(hypothesis), scene.ground));
  const judged = verdict === null ? null : groundVerdict(verdict, scene.ground);
  const summary = summaryText(scene, judged?.kept ?? null, wantedProbes);
  const before = scene.input.previousGraph?.nodes.length ?? 0;
  const leader = scene.standing[0];
  const leading = leader === undefined ? [] : leader.for.slice(0, 3).map(claimOf);
  const grounded = groundClaims(leading, scene.ground);
  const concluded = addNode(graph, {
    ...cites(...grounded.kept),
    type: 'summary',
    round: scene.input.round,
    text: summary,
    dependsOn: graph.nodes.slice(before).map((node) => node.id),
  });
  return {
    graph: concluded.graph,
    hypotheses: hypotheses.map(({ kept }) => kept),
    verdict: judged?.kept ?? null,
    wantedProbes,
    summary,
    struck: hypotheses.reduce((sum, { struck }) => sum + struck.length, judged?.struck.length ?? 0),
  };
}

function summaryText({ standing, input }: Scene, verdict: Verdict | null, wishes: readonly ProbeWish[]): string {
  const leader = standing[0];
  const stand =
    leader === undefined
      ? 'No hypothesis stands.'
      : `${named(leader)} leads at ${percent(leader)} of ${standing.length} standing.`;
  const wanted = wishes.length === 0 ? '' : ` Wanted: ${wishes.map(wishText).join(', ')}.`;
  return `Round ${input.round}: ${verdict === null ? stand : verdictText(verdict)}${wanted}`;
}

function wishText({ probeId, nodes }: ProbeWish): string {
  return nodes.length === 0 ? probeId : `${probeId} on ${nodes.length} node${nodes.length === 1 ? '' : 's'}`;
}

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'attributed':
      return `attributed to ${verdict.causes.map((cause) => `${causeText(cause)} (${Math.round(100 * cause.probability)} %)`).join(' and ')}.`;
    case 'no-fault':
      return 'no fault.';
    case 'not-proven':
      return `not proven. ${verdict.reason}`;
  }
}

function latestAbout(graph: Graph, hypothesis: Hypothesis): Graph['nodes'][number] | null {
  const key = named(hypothesis);
  return graph.nodes.findLast((node) => node.cause !== undefined && causeText(causeIn(node.cause)) === key) ?? null;
}

function causeIn(cause: NonNullable<GraphNodeDraft['cause']>): Parameters<typeof causeText>[0] {
  const { category, node, device } = cause;
  return {
    category,
    ...(node === undefined ? {} : { node }),
    ...(device === undefined
      ? {}
      : {
          device: {
            kind: device.kind,
            ...(device.index === undefined ? {} : { index: device.index }),
            ...(device.name === undefined ? {} : { name: device.name }),
          },
        }),
  };
}

function about(hypothesis: Hypothesis): Pick<GraphNodeDraft, 'cause' | 'probability'> {
  return { cause: { category: hypothesis.category, ...hypothesis.place }, probability: hypothesis.probability };
}

function cites(...claims: readonly Claim[]): Pick<GraphNodeDraft, 'findingIds' | 'ranges'> {
  return {
    findingIds: [...new Set(claims.flatMap(({ findingIds }) => findingIds))],
    ranges: claims.flatMap(({ ranges }) => ranges),
  };
}

function named(hypothesis: Pick<Hypothesis, 'category' | 'place'>): string {
  return causeText({ category: hypothesis.category, ...hypothesis.place });
}

function percent(hypothesis: Hypothesis): string {
  return `${Math.round(100 * hypothesis.probability)} %`;
}

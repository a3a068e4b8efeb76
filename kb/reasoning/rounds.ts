import type { Claim, Finding, ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { claim, claimOf, describe, oddsText, rankedCause } from './claims.ts';
import { unifyDevices, type GpuAlias } from './devices.ts';
import { addNode, emptyGraph, type Graph, type GraphNodeDraft } from './graph.ts';
import { groundCause, groundClaims, groundVerdict, type Ground } from './grounding.ts';
import { keyOf, rankHypotheses, type Hypothesis, type RankInput, type RecalledWeight } from './hypotheses.ts';
import { probeOfKind, type Knowledge } from './knowledge.ts';
import { observe } from './observations.ts';
import { causeText } from './places.ts';
import { chooseProbes, chooseRefuter, nodesPerWishMax, wishesMax, type ChoiceInput } from './probe-choice.ts';
import { judge, verdictOf, type Proof } from './verdict.ts';

export interface ReasonInput {
  readonly round: 1 | 2 | 3;
  readonly findings: readonly Finding[];
  readonly recalled: readonly RecalledWeight[];
  readonly nodes: readonly string[];
  readonly gpus: readonly GpuAlias[];
  /** Taken in round 1 when nothing stands out. */
  readonly firstProbes: readonly string[];
  readonly probesRun: readonly { readonly probeId: string; readonly nodes: readonly string[] }[];
  readonly previousGraph: Graph | null;
  /** Sizes of evidence that was read whole. */
  readonly evidence: Ground['evidence'];
}

export interface Reasoned {
  readonly graph: Graph;
  readonly hypotheses: readonly RankedCause[];
  readonly verdict: Verdict | null;
  readonly wantedProbes: readonly ProbeWish[];
  readonly summary: string;
  /** Claims that cited what does not exist. */
  readonly struck: number;
}

export const hypothesesMax = 5;

/**
 * One round of the `rules` reasoner. Round 1 proposes, round 2 criticises and asks for probes, round 3 asks for one
 * probe that could refute the leader and, when called again, attributes.
 */
export function reason(input: ReasonInput, knowledge: Knowledge): Reasoned {
  const scene = survey(input, knowledge);
  switch (input.round) {
    case 1:
      return conclude(scene, proposeAll(scene), null, firstWishes(scene));
    case 2:
      return conclude(scene, criticiseAll(scene), null, secondWishes(scene));
    case 3: {
      const wish = alreadyRefuting(input) ? null : refutingWish(scene);
      if (wish !== null) return conclude(scene, verify(scene), null, [wish]);
      return conclude(
        scene,
        verify(scene),
        verdictOf(scene.ranking, scene.proof, chooseProbes(scene.choice, 1)[0]),
        [],
      );
    }
  }
}

interface Scene {
  readonly input: ReasonInput;
  readonly ranking: RankInput;
  readonly ranked: readonly Hypothesis[];
  /** Those with something in their favour, best first. */
  readonly standing: readonly Hypothesis[];
  readonly proof: Proof;
  readonly choice: ChoiceInput;
  readonly ground: Ground;
  readonly knowledge: Knowledge;
}

function survey(input: ReasonInput, knowledge: Knowledge): Scene {
  const findings = unifyDevices(input.findings, input.gpus);
  const ranking = { observations: observe(findings, knowledge.kinds), recalled: input.recalled, nodes: input.nodes };
  const ranked = rankHypotheses(ranking);
  return {
    input,
    ranking,
    ranked,
    standing: ranked
      .filter((hypothesis) => hypothesis.for.length > 0 || hypothesis.recalled.length > 0)
      .slice(0, hypothesesMax),
    proof: {
      from: 'probes',
      isMeasured: (kind) => knowledge.measuredKinds.has(kind),
      isMetric: (kind) => knowledge.metricKinds.has(kind),
    },
    choice: {
      probes: knowledge.probes,
      hypotheses: ranked,
      nodes: input.nodes,
      ran: new Set(input.probesRun.flatMap(({ probeId, nodes }) => nodes.map((node) => `${probeId}@${node}`))),
      rereading: rereadingProbes(knowledge),
    },
    ground: { findings: new Map(findings.map((finding) => [finding.id, finding])), evidence: input.evidence },
    knowledge,
  };
}

/** Probes whose faults the log detectors know as well: the gathered kernel logs have been read for them. */
function rereadingProbes({ probes, measuredKinds }: Knowledge): ReadonlySet<string> {
  const measures = ({ outcomes }: Knowledge['probes'][number]): boolean =>
    outcomes.some(({ id, role }) => role !== 'clean' && measuredKinds.has(id));
  return new Set(probes.filter((probe) => !measures(probe)).map(({ id }) => id));
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
  const wanted =
    wishes.length === 0
      ? ''
      : ` Wanted: ${wishes.map((wish) => `${wish.probeId} on ${wish.nodes.length} node${wish.nodes.length === 1 ? '' : 's'}`).join(', ')}.`;
  return `Round ${input.round}: ${verdict === null ? stand : verdictText(verdict)}${wanted}`;
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

/** Where something stands out, what tells most; where nothing does, the handler's first look, then what tells most. */
function firstWishes(scene: Scene): readonly ProbeWish[] {
  const telling = scene.ranking.observations.some(({ role }) => role === 'cause' || role === 'symptom');
  const looks = telling ? [] : firstLooks(scene);
  return looks.length > 0 ? looks : chooseProbes(scene.choice);
}

function firstLooks(scene: Scene): readonly ProbeWish[] {
  return scene.input.firstProbes.slice(0, wishesMax).flatMap((probeId) => {
    const probe = scene.knowledge.probes.find(({ id }) => id === probeId);
    const open = scene.input.nodes.filter((node) => !scene.choice.ran.has(`${probeId}@${node}`));
    if (probe === undefined || open.length === 0) return [];
    const why = 'a first look for this class of alerts';
    return [{ probeId, nodes: open.slice(0, nodesPerWishMax), why, gainBits: 0, costMs: probe.costMs }];
  });
}

// A leader that is likelier than all others together is measured itself, beside the probes that tell most.
const leadingMin = 0.5;

function secondWishes(scene: Scene): readonly ProbeWish[] {
  // What is named already on a measurement needs no more of them; round 3 tries to refute it.
  if (judge(scene.ranking, scene.proof).causes.length > 0 && isMeasured(scene)) return [];
  const leader = scene.standing[0];
  const leads = leader !== undefined && leader.probability >= leadingMin && !isMeasured(scene);
  const confirming = leads ? chooseRefuter(leader, scene.choice) : null;
  const telling = firstWishes(scene).filter((wish) => wish.probeId !== confirming?.probeId);
  return [...(confirming === null ? [] : [confirming]), ...telling].slice(0, wishesMax);
}

function isMeasured({ standing, proof }: Scene): boolean {
  return standing[0]?.for.some(({ observation }) => proof.isMeasured(observation.kind.id)) ?? false;
}

/** Round 3 asks once; called again, it ends, whatever came back. */
function alreadyRefuting({ previousGraph }: ReasonInput): boolean {
  return previousGraph?.nodes.some((node) => node.round === 3) ?? false;
}

function refutingWish(scene: Scene): ProbeWish | null {
  const leader = scene.standing[0];
  if (leader === undefined) return null;
  return secondReading(leader, scene) ?? chooseRefuter(leader, scene.choice);
}

// Odds of 1 to 4.5 against a cause that leads nevertheless.
const surprisingWeight = -1.5;

/** A reading that contradicts a strong leader is read once more before it is believed. */
function secondReading(leader: Hypothesis, scene: Scene): ProbeWish | null {
  if (leader.probability < leadingMin) return null;
  for (const { observation, weight } of leader.against) {
    const surprising = weight <= surprisingWeight && scene.proof.isMeasured(observation.kind.id);
    const probe = surprising ? probeOfKind(scene.knowledge, observation.kind.id) : undefined;
    const node = observation.place.node;
    if (probe === undefined || node === undefined) continue;
    const readings = scene.input.probesRun.filter((run) => run.probeId === probe.id && run.nodes.includes(node)).length;
    if (readings === 1)
      return {
        probeId: probe.id,
        nodes: [node],
        why: `its reading contradicts ${named(leader)}, which leads; read once more`,
        gainBits: 0,
        costMs: probe.costMs,
      };
  }
  return null;
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

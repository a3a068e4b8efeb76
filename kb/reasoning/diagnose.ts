import type { Finding, ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { namePattern } from '../../workflows/domain/ids.ts';
import { rankedCause } from './claims.ts';
import { toldBeside } from './derived-findings.ts';
import { unifyDevices } from './devices.ts';
import type { Graph } from './graph.ts';
import { groundVerdict } from './grounding.ts';
import { rankHypotheses, type Hypothesis, type RankInput, type RecalledWeight } from './hypotheses.ts';
import type { Knowledge } from './knowledge.ts';
import { placeStatements } from './job-statements.ts';
import { observe } from './observations.ts';
import { causeText } from './places.ts';
import { chooseProbes } from './probe-choice.ts';
import { reason, type Reasoned } from './rounds.ts';
import { verdictOf, type Proof } from './verdict.ts';

/** What the logs alone speak for. */
export interface Ranking {
  readonly verdict: Verdict;
  /** All hypotheses, most probable first. */
  readonly ranked: readonly Hypothesis[];
}

export interface Diagnosis extends Ranking {
  /** The standing hypotheses with something in their favour, best first, at most 5. */
  readonly hypotheses: readonly RankedCause[];
  /** What the rounds would measure, in the order in which they ask; no nodes where the logs name none. */
  readonly nextProbes: readonly ProbeWish[];
  /** The three rounds as they were thought, without a probe. */
  readonly graph: Graph;
}

const hypothesesShownMax = 5;
/** Probes that a diagnosis without a cluster names. */
const nextProbesMax = 8;
// Where the logs name no node, probes are still worth naming; this stands for "the node in question".
const unnamedNode = 'node';

/** A diagnosis from findings, and what similar incidents of the knowledge base say: no server, no probes, no history. */
export function diagnose(
  findings: readonly Finding[],
  knowledge: Knowledge,
  recalled: readonly RecalledWeight[] = [],
): Diagnosis {
  const scene = sceneOf(findings, recalled, knowledge);
  const ranked = rankHypotheses(scene.ranking);
  const { thoughts, wanted } = threeRounds(scene, knowledge);
  const nextProbes = namedNodesOnly([...decidingProbes(scene, ranked, knowledge), ...wanted], scene);
  const verdict = verdictFromLogs(scene, knowledge, nextProbes[0]);
  return {
    verdict,
    ranked,
    hypotheses: supported(ranked),
    nextProbes,
    graph: concluded(thoughts.graph, verdict, nextProbes),
  };
}

/** The hypotheses that something speaks for, as they are shown. */
export function supported(ranked: readonly Hypothesis[]): readonly RankedCause[] {
  return ranked
    .filter((hypothesis) => hypothesis.for.length > 0 || hypothesis.recalled.length > 0)
    .slice(0, hypothesesShownMax)
    .map((hypothesis) => rankedCause(hypothesis));
}

/** Verdict and probabilities only: what a measurement of many cases needs. `change` leaves a part of the reasoning out. */
export function rankLogs(
  findings: readonly Finding[],
  knowledge: Knowledge,
  recalled: readonly RecalledWeight[] = [],
  change: (input: RankInput) => RankInput = (input) => input,
): Ranking {
  const plain = sceneOf(findings, recalled, knowledge);
  const scene = { ...plain, ranking: change(plain.ranking) };
  return { verdict: verdictFromLogs(scene, knowledge, undefined), ranked: rankHypotheses(scene.ranking) };
}

interface LogScene {
  readonly findings: readonly Finding[];
  readonly named: readonly string[];
  readonly ranking: RankInput;
}

function sceneOf(given: readonly Finding[], recalled: readonly RecalledWeight[], { kinds }: Knowledge): LogScene {
  const unified = unifyDevices([...given, ...toldBeside(given)]);
  const findings = placeStatements(unified, namesIn(unified));
  const named = namesIn(findings);
  return { findings, named, ranking: { observations: observe(findings, kinds), recalled, nodes: named } };
}

function verdictFromLogs({ findings, ranking }: LogScene, knowledge: Knowledge, deciding: ProbeWish | undefined) {
  // What was read is all there will be.
  const proof: Proof = {
    from: 'logs',
    ofJob: true,
    alertAtMs: null,
    isMeasured: (kind) => knowledge.measuredKinds.has(kind),
    isMetric: (kind) => knowledge.metricKinds.has(kind),
  };
  const ground = { findings: new Map(findings.map((finding) => [finding.id, finding])), evidence: new Map() };
  return groundVerdict(verdictOf(ranking, proof, deciding), ground).kept;
}

/** The rounds of an incident whose probes all stay away. */
function threeRounds(
  { findings, named, ranking }: LogScene,
  knowledge: Knowledge,
): { readonly thoughts: Reasoned; readonly wanted: readonly ProbeWish[] } {
  const think = (round: 1 | 2 | 3, previousGraph: Graph | null): Reasoned =>
    reason(
      {
        round,
        findings,
        recalled: ranking.recalled,
        nodes: named.length > 0 ? named : [unnamedNode],
        gpus: [],
        ranks: [],
        window: null,
        firstProbes: [],
        probesRun: [],
        previousGraph,
        evidence: new Map(),
      },
      knowledge,
    );
  const first = think(1, null);
  const second = think(2, first.graph);
  const third = think(3, second.graph);
  return { thoughts: third, wanted: [...second.wantedProbes, ...third.wantedProbes] };
}

/** What would tell the candidates apart best comes first. */
function decidingProbes(
  { named }: LogScene,
  hypotheses: readonly Hypothesis[],
  { probes }: Knowledge,
): readonly ProbeWish[] {
  return chooseProbes({ probes, hypotheses, nodes: named.length > 0 ? named : [unnamedNode], ran: new Set() });
}

function namedNodesOnly(wishes: readonly ProbeWish[], { named }: LogScene): readonly ProbeWish[] {
  return wishes
    .filter(({ probeId }, at) => wishes.findIndex((other) => other.probeId === probeId) === at)
    .slice(0, nextProbesMax)
    .map((wish) => (named.length > 0 ? wish : { ...wish, nodes: [] }));
}

/** The graph with a last summary that says what the logs prove; with probes to come, the rounds leave that open. */
function concluded(graph: Graph, verdict: Verdict, wanted: readonly ProbeWish[]): Graph {
  const last = graph.nodes.at(-1);
  if (last === undefined || last.type !== 'summary') return graph;
  const asks = wanted.length === 0 ? '' : ` Wanted: ${wanted.map(({ probeId }) => probeId).join(', ')}.`;
  const text = `Round 3, from what was read alone: ${verdictText(verdict)}${asks}`;
  return { ...graph, nodes: [...graph.nodes.slice(0, -1), { ...last, text }] };
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

function namesIn(findings: readonly Finding[]): readonly string[] {
  const names = new Set(findings.flatMap(({ node }) => (node === undefined ? [] : [node])));
  return [...names].filter((node) => namePattern.test(node)).toSorted();
}

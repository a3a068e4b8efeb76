import type { Claim } from '../../../workflows/domain/finding.ts';
import { describe, oddsText } from '../claims.ts';
import type { GraphNode, GraphNodeDraft } from '../graph.ts';
import { keyOf, type Hypothesis, type Weighed } from '../hypotheses.ts';
import { causeText } from '../places.ts';
import type { Scene } from '../scene.ts';
import { explainsAway, inferenceOf, oddsOf, probesBehind, signsOf, withExpressions } from './expressions.ts';

/** Thoughts about one hypothesis, in our own words. Each cites what it was read from. */

const textCharsMax = 2_000;
const reasonsMax = 3;

export function proposition(hypothesis: Hypothesis, round: 1 | 2 | 3): GraphNodeDraft {
  const because = hypothesis.for.slice(0, reasonsMax).map(({ observation }) => describe(observation));
  const recalled = hypothesis.recalled.slice(0, reasonsMax).join(', ');
  return {
    ...cites(hypothesis.for),
    type: 'proposition',
    round,
    text: cut(
      `${named(hypothesis)} at ${percent(hypothesis)}${because.length === 0 ? '' : `, because: ${because.join('; ')}`}.` +
        (recalled === '' ? '' : ` Similar incidents: ${recalled}.`),
    ),
    dependsOn: [],
    ...about(hypothesis),
    ...withExpressions([...inferenceOf(hypothesis), oddsOf(hypothesis), ...signsOf(hypothesis.for)]),
  };
}

/** What speaks against it: readings, an earlier cause, a rival for the same evidence, the want of a sign of its own. */
export function critique(hypothesis: Hypothesis, scene: Scene, criticised: string): GraphNodeDraft {
  const { followsFrom, against } = hypothesis;
  const points = objections(hypothesis, scene.standing);
  const rules = followsFrom === null ? [] : [explainsAway(named(followsFrom), named(hypothesis))];
  return {
    ...cites(against),
    type: 'critique',
    round: scene.input.round,
    text: cut(
      points.length === 0
        ? `Nothing that was read speaks against ${named(hypothesis)}.`
        : `Against ${named(hypothesis)}: ${points.join('; ')}.`,
    ),
    dependsOn: [criticised],
    ...about(hypothesis),
    ...withExpressions([...rules, ...probesBehind(against, scene.knowledge), ...signsOf(against)]),
  };
}

function objections(hypothesis: Hypothesis, standing: readonly Hypothesis[]): readonly string[] {
  const against = hypothesis.against.map(({ observation, weight }) => `${describe(observation)} ${oddsText(weight)}`);
  const explained = new Set(hypothesis.for.map(({ observation }) => observation.kind.id));
  const rival = standing.find(
    (other) =>
      keyOf(other) !== keyOf(hypothesis) &&
      other.category !== hypothesis.category &&
      other.for.some(({ observation }) => explained.has(observation.kind.id)),
  );
  return [
    ...against.slice(0, reasonsMax),
    ...(hypothesis.followsFrom === null
      ? []
      : [`its evidence begins after ${named(hypothesis.followsFrom)}, which explains it`]),
    ...(rival === undefined ? [] : [`${named(rival)} explains some of the same evidence`]),
    ...(hypothesis.for.some(({ observation }) => observation.role === 'cause')
      ? []
      : ['only symptoms and likeness speak for it']),
  ];
}

/** What is left of it after the critique. */
export function refinement(hypothesis: Hypothesis, round: 1 | 2 | 3, was: GraphNode, critic: string): GraphNodeDraft {
  return {
    ...cites(hypothesis.for),
    type: 'refinement',
    round,
    text: `${named(hypothesis)} ${nowText(hypothesis, was)}.`,
    dependsOn: [was.id, critic],
    ...about(hypothesis),
    ...withExpressions([oddsOf(hypothesis), ...signsOf(hypothesis.for)]),
  };
}

/** A hypothesis that stood and has fallen, with what speaks against it now. */
export function fallen(hypothesis: Hypothesis, round: 1 | 2 | 3, was: GraphNode): GraphNodeDraft {
  const because = hypothesis.against.slice(0, reasonsMax).map(({ observation }) => describe(observation));
  return {
    ...cites(hypothesis.against),
    type: 'refinement',
    round,
    text: cut(
      `${named(hypothesis)} stands no longer: ${percent(hypothesis)}${wasText(was)}` +
        `${because.length === 0 ? '' : `; against it: ${because.join('; ')}`}.`,
    ),
    dependsOn: [was.id],
    ...about(hypothesis),
    ...withExpressions([oddsOf(hypothesis), ...signsOf(hypothesis.against)]),
  };
}

/** What measurements say of it: which confirmed, which contradicted. */
export function verification(hypothesis: Hypothesis, scene: Scene, verified: string): GraphNodeDraft {
  const isMeasured = ({ observation }: Weighed): boolean => scene.proof.isMeasured(observation.kind.id);
  const confirming = hypothesis.for.filter(isMeasured);
  const contradicting = hypothesis.against.filter(isMeasured);
  const measured = [...confirming, ...contradicting];
  const said = [
    ...confirming.slice(0, reasonsMax).map((one) => `confirmed by ${reading(one)}`),
    ...contradicting.slice(0, reasonsMax).map((one) => `contradicted by ${reading(one)}`),
  ];
  return {
    ...cites(measured),
    type: 'verification',
    round: scene.input.round,
    text: cut(
      said.length === 0
        ? `No probe has measured anything that bears on ${named(hypothesis)}; it stands at ${percent(hypothesis)}.`
        : `${named(hypothesis)} stands at ${percent(hypothesis)} after probes: ${said.join('; ')}.`,
    ),
    dependsOn: [verified],
    ...about(hypothesis),
    ...withExpressions([oddsOf(hypothesis), ...probesBehind(measured, scene.knowledge), ...signsOf(measured)]),
  };
}

function reading({ observation, weight }: Weighed): string {
  return `${describe(observation)}, which ${oddsText(weight)}`;
}

/** Findings that one thought cites at most, and of one observation. */
const citesMax = 20;
const citesPerObservationMax = 3;

function cites(weighed: readonly Weighed[]): Pick<GraphNodeDraft, 'findingIds' | 'ranges'> {
  const findings = weighed
    .flatMap(({ observation }) => observation.findings.slice(0, citesPerObservationMax))
    .slice(0, citesMax);
  const ranges = new Map(findings.map(({ range }) => [JSON.stringify(range), range]));
  return { findingIds: [...new Set(findings.map(({ id }) => id))], ranges: [...ranges.values()] };
}

/** What claims cite, as a node cites it. */
export function citesOfClaims(claims: readonly Claim[]): Pick<GraphNodeDraft, 'findingIds' | 'ranges'> {
  const ranges = new Map(claims.flatMap((claim) => claim.ranges).map((range) => [JSON.stringify(range), range]));
  return {
    findingIds: [...new Set(claims.flatMap(({ findingIds }) => findingIds))].slice(0, citesMax),
    ranges: [...ranges.values()].slice(0, citesMax),
  };
}

export function about(hypothesis: Hypothesis): Pick<GraphNodeDraft, 'cause' | 'probability'> {
  return { cause: { category: hypothesis.category, ...hypothesis.place }, probability: hypothesis.probability };
}

export function named(hypothesis: Pick<Hypothesis, 'category' | 'place'>): string {
  return causeText({ category: hypothesis.category, ...hypothesis.place });
}

export function percent({ probability }: Pick<Hypothesis, 'probability'>): string {
  return probability < 0.005 ? 'under 1 %' : `${Math.round(100 * probability)} %`;
}

export function cut(text: string): string {
  return text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax - 1)}…`;
}

function nowText(hypothesis: Hypothesis, was: GraphNode): string {
  const now = percent(hypothesis);
  return was.probability !== undefined && percent({ probability: was.probability }) === now
    ? `stays at ${now}`
    : `now at ${now}${wasText(was)}`;
}

function wasText({ probability }: GraphNode): string {
  return probability === undefined ? '' : `, was ${percent({ probability })}`;
}

import { categories, type Category } from '../taxonomy.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { mayBringAbout } from './cascades.ts';
import { granularity, type Granularity } from './granularity.ts';
import { clearlyBefore, type Observation } from './observations.ts';
import { anywhere, coarsen, isPlaced, placeKey, speaksOf, type Place } from './places.ts';
import { prior } from './priors.ts';
import { probeIn } from './probe-source.ts';

/** A cause with its place, what speaks for and against it, and its probability among all hypotheses. */
export interface Hypothesis {
  readonly category: Category;
  readonly place: Place;
  readonly logOdds: number;
  readonly probability: number;
  readonly for: readonly Weighed[];
  readonly against: readonly Weighed[];
  /** An earlier cause that explains this one's evidence. */
  readonly followsFrom: { readonly category: Category; readonly place: Place } | null;
  readonly recalled: readonly string[];
}

export interface Weighed {
  readonly observation: Observation;
  readonly weight: number;
}

/** Similar incidents of the knowledge base, as a weight per category. */
export interface RecalledWeight {
  readonly category: Category;
  readonly weight: number;
  readonly problemkeys: readonly string[];
}

export interface RankInput {
  readonly observations: readonly Observation[];
  readonly recalled: readonly RecalledWeight[];
  /** All nodes that might be at fault; a clean answer from a part of them clears only that part. */
  readonly nodes: readonly string[];
  /** Without critique: nothing speaks against a cause, and no cause explains another away. To measure what it brings. */
  readonly uncritical?: boolean;
}

/** All hypotheses, most probable first. Probabilities sum to 1 and none is 0 or 1. */
export function rankHypotheses(input: RankInput): readonly Hypothesis[] {
  const scored = [...categories, 'unlisted' as const].flatMap((category) => scoreCategory(category, input));
  return normalise(input.uncritical === true ? scored : lowerFollowers(scored)).toSorted(
    (a, b) => b.probability - a.probability || compareText(keyOf(a), keyOf(b)),
  );
}

export function keyOf(hypothesis: { readonly category: Category; readonly place: Place }): string {
  return `${hypothesis.category}@${placeKey(hypothesis.place)}`;
}

type Scored = Omit<Hypothesis, 'probability'>;

function scoreCategory(category: Category, input: RankInput): readonly Scored[] {
  const places = candidatePlaces(category, input.observations);
  const recalled = input.recalled.find((entry) => entry.category === category);
  return places.map((place) => {
    const weighed = critical(withoutEchoes(weigh(category, place, input)), input);
    const sum = weighed.reduce((total, { weight }) => total + weight, 0);
    return {
      category,
      place,
      logOdds:
        Math.log(prior(category) * placeShare(place, places.length)) +
        clamp(sum) +
        silence(category, weighed) +
        (recalled?.weight ?? 0),
      for: weighed.filter(({ weight }) => weight > 0),
      against: weighed.filter(({ weight }) => weight < 0),
      followsFrom: null,
      recalled: recalled?.problemkeys ?? [],
    };
  });
}

// Half of all causes leave no line, metric or reading that our detectors know (our judgement); the other half would
// have shown themselves. Causes outside the list show themselves in ways that nothing here reads.
const silentShare = 0.5;

function silence(category: Category, weighed: readonly Weighed[]): number {
  const spokenFor = category === 'unlisted' || weighed.some(({ weight }) => weight > 0);
  return spokenFor ? 0 : Math.log(silentShare);
}

// A finding made at a place misleads about the place in about one case of ten: the fault sits where nothing was seen.
const elsewhereShare = 0.1;

/** How the category's prior is divided among the places that it might have. */
function placeShare(place: Place, placeCount: number): number {
  if (placeCount === 1) return 1;
  return isPlaced(place) ? (1 - elsewhereShare) / (placeCount - 1) : elsewhereShare;
}

/** Places with evidence for the category, and "elsewhere", which stays possible while any of them may mislead. */
function candidatePlaces(category: Category, observations: readonly Observation[]): readonly Place[] {
  const to = granularity(category);
  const places = new Map<string, Place>([[placeKey(anywhere), anywhere]]);
  for (const observation of observations) {
    if (weightOf(observation.kind, category) <= 0) continue;
    const place = placeFor(observation, to);
    places.set(placeKey(place), place);
  }
  // Evidence at a device tells more than evidence at its node: the node alone is no separate hypothesis then.
  const all = [...places.values()];
  return all.filter(
    (place) =>
      !isPlaced(place) ||
      place.device !== undefined ||
      !all.some((other) => other.device !== undefined && other.node === place.node),
  );
}

/**
 * Where an observation puts a cause. Of a cause of the whole job, what a rank prints tells nothing about where; what was
 * read on a node, and what all ranks of a node print and no other, tells that this node is set up otherwise.
 */
export function placeFor(observation: Observation, to: Granularity): Place {
  const { place, probed, role, kind } = observation;
  const isOfNode =
    to === 'setup' &&
    ((role === 'clean' && probed) || (role === 'cause' && (probed || kind.ofNode === true || isNodeWide(observation))));
  return coarsen(place, isOfNode ? 'node' : to);
}

// Half of the ranks of a node with eight GPUs.
const ranksOfNodeMin = 4;

function isNodeWide({ place, findings }: Observation): boolean {
  const ranks = new Set(findings.flatMap(({ rank }) => rank ?? []));
  return place.node !== undefined && ranks.size >= ranksOfNodeMin;
}

// A kind seen many times at one place is one fact repeated: at most a quarter more than once.
const repetitionBonusMax = 0.25;

// Weights are stated one by one and are not independent; what they say together stays within odds of about 3,000:1.
const sumMax = 8;

function weigh(category: Category, place: Place, input: RankInput): readonly Weighed[] {
  const to = granularity(category);
  const byKind = Map.groupBy(
    input.observations.filter((observation) => weightOf(observation.kind, category) !== 0),
    (observation) => observation.kind,
  );
  const strongestFirst = [...byKind].toSorted(
    ([a], [b]) => Math.abs(weightOf(b, category)) - Math.abs(weightOf(a, category)) || compareText(a.id, b.id),
  );
  const linesUsed = new Set<string>();
  return strongestFirst.flatMap(([kind, observations]) => {
    const weight = weightAt(kind, category, place);
    if (weight < 0 && !isPlaced(place)) return clearedShare(weight, observations, input.nodes.length);
    const here = observations.filter((observation) => speaksOf(placeFor(observation, to), place));
    const fresh = here
      .flatMap((observation) => observation.findings)
      .filter((finding) => {
        const line = lineKey(finding, weight);
        return line === null || !linesUsed.has(line);
      });
    const observation = here[0];
    if (observation === undefined || fresh.length === 0) return [];
    for (const finding of fresh) {
      const line = lineKey(finding, weight);
      if (line !== null) linesUsed.add(line);
    }
    const count = here.reduce((sum, one) => sum + one.count, 0);
    const merged = { ...observation, findings: here.flatMap((one) => one.findings), count };
    const repeated = weight * (1 + repetitionBonusMax * (1 - 1 / count));
    return [{ observation: merged, weight: repeated + (ofMany.has(category) ? 0 : oddOneOut(merged, weight)) }];
  });
}

/** What several nodes show because of what they share is not in any one of them. */
function weightAt(kind: FindingKind, category: Category, place: Place): number {
  const weight = weightOf(kind, category);
  return kind.ofShared === true && isPlaced(place) ? -Math.abs(weight) : weight;
}

// What strikes many nodes at once: that one stands alone speaks against it rather.
const ofMany: ReadonlySet<Category> = new Set(['facility-fault', 'unlisted']);

// Our judgement: half of the settings that are not as they should be are so on all nodes of a site, where they do no
// harm that anybody noticed; one that only the suspect has is four times as telling.
const oddOneOutWeight = Math.log(4);
// A median of fewer is none.
const siblingsMin = 3;

/** The differential form of a reading: the suspect shows it, and its siblings were read at the same moment and do not. */
function oddOneOut({ probed, role, place, cleanSiblings }: Observation, weight: number): number {
  return probed &&
    role === 'cause' &&
    weight >= oddWeightMin &&
    place.node !== undefined &&
    cleanSiblings >= siblingsMin
    ? oddOneOutWeight
    : 0;
}

// What hardly speaks for a cause is not much of a difference either: odds of 3 to 1.
const oddWeightMin = Math.log(3);

/** What is left of the evidence after it was criticised. */
function critical(weighed: readonly Weighed[], { uncritical }: RankInput): readonly Weighed[] {
  if (uncritical === true) return weighed.filter(({ weight }) => weight > 0);
  return lookingTwice(otherMechanisms(withoutDenials(weighed)));
}

/**
 * A reading is judged by itself, and against its siblings afterwards: where these show something, that the same reading is
 * in order by itself clears nothing there. Only another reading would.
 */
function withoutDenials(weighed: readonly Weighed[]): readonly Weighed[] {
  const showing = new Set(
    weighed.filter(({ weight }) => weight > 0).flatMap(({ observation }) => readingsOf(observation)),
  );
  return weighed.filter(({ observation, weight }) => {
    if (weight > 0 || observation.role !== 'clean' || !observation.probed) return true;
    return !readingsOf(observation).every((reading) => showing.has(reading));
  });
}

function readingsOf({ findings }: Observation): readonly string[] {
  return findings.flatMap(({ range }) => (probeIn(range.source) === null ? [] : `${range.source} ${range.evidenceId}`));
}

// Our judgement: a reading that shows the cause where it sits leaves a quarter of what clean readings of other probes say.
const otherMechanismShare = 0.25;

/**
 * A cause has several mechanisms (ACS or an active IOMMU; a lock, a cap or heat), and each probe looks at some of them.
 * Where a reading shows one of them, that the others are in order is hardly news.
 */
function otherMechanisms(weighed: readonly Weighed[]): readonly Weighed[] {
  const showing = weighed.filter(
    ({ observation, weight }) => observation.probed && observation.role === 'cause' && weight >= starterWeightMin,
  );
  if (showing.length === 0) return weighed;
  // What strikes one rank of a program now and another one later is no less there where it was not seen this time.
  const ofPlaces = showing.filter(({ observation }) => observation.kind.ofProgram !== true);
  const probes = new Set(ofPlaces.flatMap(({ observation }) => probesOf(observation)));
  return weighed.map((one) => {
    const { role, probed } = one.observation;
    // The same probe, read again, contradicts in full.
    const isOther = role === 'clean' && probed && !probesOf(one.observation).some((probe) => probes.has(probe));
    return isOther ? { ...one, weight: one.weight * otherMechanismShare } : one;
  });
}

function probesOf({ findings }: Observation): readonly string[] {
  return findings.flatMap(({ range }) => probeIn(range.source) ?? []);
}

/** What is read from the same series as another finding that is there says its part only where that one says none. */
function withoutEchoes(weighed: readonly Weighed[]): readonly Weighed[] {
  const signs = new Map(weighed.map(({ observation, weight }) => [observation.kind.id, Math.sign(weight)]));
  return weighed.filter(
    ({ observation: { kind }, weight }) => kind.echoes?.some((id) => signs.get(id) === Math.sign(weight)) !== true,
  );
}

// Our judgement: of what the strongest clean reading leaves open, the next one rules out half as much, and so on.
const furtherLookShare = 0.5;

/**
 * Clean readings of one place are looks at the same thing at the same moment (free memory, room in the control group, no
 * swapping): each further one counts for a share of the one before, or many probes would talk away what a log says.
 */
function lookingTwice(weighed: readonly Weighed[]): readonly Weighed[] {
  const looks = weighed
    .filter(({ observation, weight }) => weight < 0 && observation.role === 'clean')
    .toSorted((a, b) => a.weight - b.weight || compareText(a.observation.kind.id, b.observation.kind.id));
  return weighed.map((one) => {
    const at = looks.indexOf(one);
    return at <= 0 ? one : { ...one, weight: one.weight * furtherLookShare ** at };
  });
}

/** A node that is clean says little about a cause that may sit on any of them; many such nodes say more. */
function clearedShare(weight: number, observations: readonly Observation[], nodeCount: number): readonly Weighed[] {
  const first = observations[0];
  if (first === undefined) return [];
  const nodes = new Set(observations.map((observation) => observation.place.node));
  const share = nodes.has(undefined) || nodeCount === 0 ? 1 : Math.min(1, nodes.size / nodeCount);
  const merged = { ...first, findings: observations.flatMap((one) => one.findings), count: observations.length };
  return [{ observation: merged, weight: Math.log(1 - share + share * Math.exp(weight)) }];
}

/** Two kinds read from one line are one piece of evidence; findings without a line (metrics, probes) stand alone. */
function lineKey(finding: Observation['earliest'], weight: number): string | null {
  const { evidenceId, line } = finding.range;
  return line === undefined ? null : `${evidenceId}:${line}:${weight > 0 ? '+' : '-'}`;
}

// Odds of about 1 to 5: evidence that begins after another cause which explains it is usually its echo, not always.
const followerPenalty = -1.6;

function lowerFollowers(scored: readonly Scored[]): readonly Scored[] {
  const starters = scored
    .map((hypothesis) => ({ hypothesis, first: firstCause(hypothesis) }))
    .filter((entry): entry is { hypothesis: Scored; first: Observation } => entry.first !== null);
  return scored.map((hypothesis) => {
    const first = firstEvidence(hypothesis);
    if (first === null) return hypothesis;
    const starter = starters.find(
      (other) =>
        other.hypothesis.category !== hypothesis.category &&
        clearlyBefore(other.first.earliest, first.earliest) &&
        (mayBringAbout(other.hypothesis.category, hypothesis.category) ||
          hypothesis.for.every(({ observation }) => weightOf(observation.kind, other.hypothesis.category) > 0)),
    );
    if (starter === undefined) return hypothesis;
    const { category, place } = starter.hypothesis;
    return { ...hypothesis, logOdds: hypothesis.logOdds + followerPenalty, followsFrom: { category, place } };
  });
}

// A cause that is to explain others has to have something to stand on: odds of 7:1 from its own cause findings.
const starterWeightMin = 2;

function firstCause(hypothesis: Scored): Observation | null {
  const own = hypothesis.for.filter(
    ({ observation, weight }) => observation.role === 'cause' && weight >= starterWeightMin,
  );
  return earliestOf(own);
}

function firstEvidence(hypothesis: Scored): Observation | null {
  const causes = hypothesis.for.filter(({ observation }) => observation.role === 'cause');
  return earliestOf(causes.length > 0 ? causes : hypothesis.for);
}

function earliestOf(weighed: readonly Weighed[]): Observation | null {
  return weighed.reduce<Observation | null>(
    (best, { observation }) =>
      best === null || clearlyBefore(observation.earliest, best.earliest) ? observation : best,
    null,
  );
}

// The share of incidents that this whole way of reckoning gets wrong: no probability leaves 0.0005 … 0.98.
const modelErrorShare = 0.02;

function normalise(scored: readonly Scored[]): readonly Hypothesis[] {
  const top = Math.max(...scored.map(({ logOdds }) => logOdds));
  const masses = scored.map(({ logOdds }) => Math.exp(logOdds - top));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return scored.map((hypothesis, index) => ({
    ...hypothesis,
    probability: (1 - modelErrorShare) * ((masses[index] ?? 0) / total) + modelErrorShare / scored.length,
  }));
}

export function weightOf(kind: FindingKind, category: Category): number {
  return kind.weighs[category] ?? 0;
}

function clamp(sum: number): number {
  return Math.max(-sumMax, Math.min(sumMax, sum));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

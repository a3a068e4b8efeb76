import type { ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { rankedCause } from './claims.ts';
import { mayBringAbout, mayShowAs } from './cascades.ts';
import { nothingWrong } from './health.ts';
import { keyOf, placeFor, rankHypotheses, weightOf, type Hypothesis, type RankInput } from './hypotheses.ts';
import { lookAlikeOf, type LookAlike } from './look-alikes.ts';
import { underMaintenance } from './maintenance.ts';
import { clearlyBefore, type Observation } from './observations.ts';
import type { Category } from '../taxonomy.ts';
import { granularity } from './granularity.ts';
import { tellsOfPath } from './path-kinds.ts';
import { causeText, isPlaced, placeKey, placeOf, speaksOf } from './places.ts';
import { timeMayTell } from './time-tells.ts';

/** How much a cause must have behind it before it is named. */
export interface Proof {
  /** `logs`: what was read is all there will be. `probes`: a measurement has to agree, unless the log is decisive. */
  readonly from: 'logs' | 'probes';
  /** A job is concerned: then only its work shows health. */
  readonly ofJob: boolean;
  /** Cluster milliseconds; work that was seen before it shows no health after it. `null` where no alert is known. */
  readonly alertAtMs: number | null;
  /** Kinds that are outcomes of probes. */
  readonly isMeasured: (kindId: string) => boolean;
  /** Kinds read from metrics: sampled and aggregated, so never decisive alone. */
  readonly isMetric: (kindId: string) => boolean;
}

// A wrong name costs a person the reading of a plan that must be approved, a missing one costs the hour that we want
// to save: our judgement, to be measured against confirmed incidents.
const attributedMin = 0.7;
/**
 * Of the first cause, where logs were read and compared with known incidents, and nothing was measured. Of real cases that
 * nobody had seen, those named at 0.9 and more were right 106 times of 112, those between 0.7 and 0.9 four times of 13
 * (docs/benchmark.md, "Real cases that nobody had seen").
 */
const attributedFromLogsMin = 0.9;
// Against the best rival on the same evidence: "positive" evidence on the scale of Kass & Raftery 1995 ("Bayes
// factors", JASA 90) begins at odds of 3 to 1.
const marginMin = 3;
// The same scale's lower bound of "strong", 20 to 1: one such line needs no measurement beside it.
const decisiveWeight = Math.log(20);
const causesMax = 3;
const candidatesMax = 5;

export interface Judgement {
  readonly causes: readonly RankedCause[];
  /** Why the next cause, if any, is not named. */
  readonly lacks: 'nothing' | 'evidence' | 'cause-finding' | 'probability' | 'measurement' | 'look-alike';
  /** What the named causes leave unexplained. */
  readonly remaining: readonly Observation[];
  /** What would be named if nothing looked like it. */
  readonly undecided: readonly Undecided[];
}

export interface Undecided {
  readonly hypothesis: Hypothesis;
  readonly alike: LookAlike;
}

/** The causes that stand up on their own evidence: the leader, then what the leader leaves unexplained. */
export function judge(input: RankInput, proof: Proof): Judgement {
  const undecided: Undecided[] = [];
  const causes: RankedCause[] = [];
  const standsOn = new Map<RankedCause, Hypothesis>();
  const full = new Map(rankHypotheses(input).map((hypothesis) => [keyOf(hypothesis), hypothesis]));
  let remaining = input.observations;
  let lacks: Judgement['lacks'] = 'nothing';
  for (let looked = 0; looked < causesMax; looked += 1) {
    const isFirst = causes.length === 0;
    const telling = remaining.some(({ role }) => role === 'cause' || role === 'symptom');
    if (!telling) {
      if (isFirst && lacks === 'nothing') lacks = 'evidence';
      break;
    }
    const named = firstNamed({ ...input, observations: remaining }, proof, looked > 0);
    if (named.lacks === 'look-alike') {
      lacks = named.lacks;
      undecided.push(named);
    } else if (named.lacks !== 'nothing') {
      if (isFirst && lacks === 'nothing') lacks = named.lacks;
      break;
    } else if (!isKnown(causes, named.hypothesis, full)) {
      const cause = rankedCause(named.hypothesis, named.probability);
      causes.push(cause);
      standsOn.set(cause, named.hypothesis);
    }
    remaining = remaining.filter((observation) => !explains(named.hypothesis, observation));
  }
  return {
    causes: causes.filter((cause, at) => !isShownBy(causes.slice(at + 1), cause, standsOn)),
    lacks,
    remaining,
    undecided,
  };
}

/**
 * What is seen most need not be what began it: a disk that answers slowly shows as a rank that waits for data. Where the
 * cause of that is named as well, on the same node, and accounts for all that makes the first one a cause, it is one fault.
 */
function isShownBy(
  later: readonly RankedCause[],
  cause: RankedCause,
  standsOn: ReadonlyMap<RankedCause, Hypothesis>,
): boolean {
  const own = standsOn.get(cause)?.for.filter(({ observation }) => observation.role === 'cause') ?? [];
  return later.some((other) => {
    const hypothesis = standsOn.get(other);
    return (
      hypothesis !== undefined &&
      cause.node !== undefined &&
      cause.node === other.node &&
      mayShowAs(other.category, cause.category) &&
      !mayShowAs(cause.category, other.category) &&
      own.every(({ observation }) => explains(hypothesis, observation))
    );
  });
}

/** Seen beside everything, it may be an echo of a cause that is named already. */
function isKnown(
  causes: readonly RankedCause[],
  hypothesis: Hypothesis,
  full: ReadonlyMap<string, Hypothesis>,
): boolean {
  const echoed = full.get(keyOf(hypothesis))?.followsFrom?.category;
  return causes.some((cause) => cause.category === echoed || isSame(cause, hypothesis));
}

type Named =
  | { readonly lacks: 'nothing'; readonly hypothesis: Hypothesis; readonly probability: number }
  | ({ readonly lacks: 'look-alike' } & Undecided)
  | { readonly lacks: Exclude<Judgement['lacks'], 'nothing' | 'evidence' | 'look-alike'> };

function firstNamed(input: RankInput, proof: Proof, further: boolean): Named {
  const hypothesis = rankHypotheses(input)[0];
  if (hypothesis === undefined || hypothesis.category === 'unlisted') return { lacks: 'probability' };
  const causeFindings = hypothesis.for.filter(({ observation }) => observation.role === 'cause');
  if (causeFindings.length === 0) return { lacks: 'cause-finding' };
  const decisive = causeFindings.some(
    ({ observation: { kind }, weight }) =>
      weight >= decisiveWeight && !proof.isMeasured(kind.id) && !proof.isMetric(kind.id),
  );
  // A second cause beside a good first one is rarer than an echo of the first: weak evidence does not name it.
  const measured = hypothesis.for.some(({ observation }) => proof.isMeasured(observation.kind.id));
  const sampled = causeFindings.every(({ observation }) => proof.isMetric(observation.kind.id));
  if (further && ((!decisive && !measured) || sampled)) return { lacks: 'probability' };
  const { probability, odds } = onOwnEvidence(hypothesis, input);
  const least = proof.from === 'logs' && input.recalled.length > 0 && !further ? attributedFromLogsMin : attributedMin;
  if (probability < least || odds < marginMin) return { lacks: 'probability' };
  if (proof.from === 'probes' && !decisive && !measured) return { lacks: 'measurement' };
  // A log of one host does not tell what the others saw.
  const alike = proof.from === 'probes' ? lookAlikeOf(hypothesis) : null;
  if (alike !== null) return { lacks: 'look-alike', hypothesis, alike };
  return { lacks: 'nothing', hypothesis, probability };
}

/**
 * Two faults at once do not compete: evidence of the other, which this one does not touch, is set aside. What both
 * explain stays, so rivals for the same evidence still count, and so does what speaks against them.
 */
export function onOwnEvidence(
  hypothesis: Hypothesis,
  input: RankInput,
): { readonly probability: number; readonly odds: number } {
  const touched = new Set(
    [...hypothesis.for, ...hypothesis.against].flatMap(({ observation }) =>
      showsAnother(hypothesis, observation) ? [] : observation.findings,
    ),
  );
  const observations = input.observations.filter(
    ({ role, findings }) => role === 'clean' || findings.some((finding) => touched.has(finding)),
  );
  const ranked = rankHypotheses({ ...input, observations });
  const own = ranked.find((other) => keyOf(other) === keyOf(hypothesis));
  const rival = ranked.find((other) => keyOf(other) !== keyOf(hypothesis));
  if (own === undefined) return { probability: hypothesis.probability, odds: 1 };
  // An echo of an earlier cause stays one, even where that cause's evidence is set aside.
  const probability = Math.min(own.probability, hypothesis.followsFrom === null ? 1 : hypothesis.probability);
  return { probability, odds: rival === undefined ? Number.POSITIVE_INFINITY : own.probability / rival.probability };
}

/** One category may be at fault at two places; where one of the two has no place, they are one cause seen twice. */
function isSame(cause: RankedCause, { category, place }: Hypothesis): boolean {
  if (cause.category !== category) return false;
  const placed = placeOf(cause);
  return !isPlaced(placed) || !isPlaced(place) || placeKey(placed) === placeKey(place);
}

/**
 * What the named cause accounts for: all that speaks for it where it sits (a second kind read from the same line weighs
 * nothing more and is not in `for`, but is no other cause either), and later evidence of what it may bring about.
 */
function explains(hypothesis: Hypothesis, observation: Observation): boolean {
  const others = Object.keys(observation.kind.weighs).filter(
    (category) => weightOf(observation.kind, category as never) > 0,
  ); // as below
  if (isSetOtherwise(hypothesis, observation)) return false;
  if (isEchoOnNode(hypothesis, observation)) return true;
  if (showsAnother(hypothesis, observation)) return false;
  if (weightOf(observation.kind, hypothesis.category) > 0) {
    const there = placeFor(observation, granularity(hypothesis.category));
    return (
      speaksOf(there, hypothesis.place) ||
      hypothesis.for.some((own) => own.observation.findings.some((finding) => observation.findings.includes(finding)))
    );
  }
  const first = hypothesis.for.find((own) => own.observation.role === 'cause')?.observation.earliest;
  const isPath = tellsOfPath(observation.kind.id);
  return (
    first !== undefined &&
    others.length > 0 &&
    (isPath ? !clearlyBefore(observation.earliest, first, skewMsMax) : clearlyBefore(first, observation.earliest)) &&
    others[isPath ? 'some' : 'every']((category) => mayBringAbout(hypothesis.category, category as never)) // keys of `weighs` are categories
  );
}

// Our judgement: a reading that speaks three times as strongly for another cause is that cause's own.
const ownShareMax = 1 / 3;

/** What was set so was set by somebody, however much a fault of the same node or rack shows the same effect. */
function isSetOtherwise({ category }: Hypothesis, { kind, role }: Observation): boolean {
  return kind.ofSetting === true && role === 'cause' && weightOf(kind, category) <= 0;
}

/** A setting that is found as it should not be is there, whatever else the named cause would explain. */
function showsAnother({ category }: Hypothesis, { kind, role, probed }: Observation): boolean {
  const strongest = strongestOf(kind);
  return (
    probed &&
    role === 'cause' &&
    weightOf(kind, category) <= ownShareMax * Math.max(...Object.values(kind.weighs)) &&
    !strongest.includes(category) &&
    !strongest.some((other) => mayBringAbout(category, other) || mayShowAs(category, other))
  );
}

/**
 * A reading has no time of its own but that it was made now. What else is read on the node of a cause, and what that cause
 * may bring about, is no second fault until something shows that it is. Of a path that is set up wrongly at one end, the
 * other end speaks as well, in its log too.
 */
function isEchoOnNode({ category, place }: Hypothesis, { kind, probed, role, place: at }: Observation): boolean {
  const strongest = strongestOf(kind);
  const isThere = place.node === undefined ? at.node === undefined : at.node === place.node;
  // The log of the other end names the same trouble; a reading there is that of a setting of its own.
  if (!isThere && !probed && ofPaths.has(category) && strongest.includes(category)) return true;
  if (!strongest.some((one) => mayShowAs(category, one))) return false;
  // A device of another node that shows a fault of its own is no end of the path.
  return isThere
    ? probed || ofPaths.has(category)
    : ofPaths.has(category) && !(role === 'cause' && at.device !== undefined);
}

/** The categories that a kind speaks for most; the rest of its weights are remarks. */
function strongestOf({ weighs }: Observation['kind']): readonly Category[] {
  const most = Math.max(...Object.values(weighs));
  return Object.entries(weighs).flatMap(
    ([category, weight]) => (weight > 0 && weight === most ? [category as Category] : []), // keys of `weighs` are categories
  );
}

const ofPaths: ReadonlySet<string> = new Set(['socket-interface-mismatch', 'firewall-blocked', 'mtu-mismatch']);

// Peers feel the end of a rank within seconds, and clocks of nodes without NTP drift by minutes at most: what they say
// of their connections is an echo unless it began clearly before, by more than any such clock is wrong.
const skewMsMax = 5 * 60_000;

/** The verdict on what is known now. `deciding` is the probe that would tell the candidates apart. */
export function verdictOf(input: RankInput, proof: Proof, deciding: ProbeWish | undefined): Verdict {
  const judgement = judge(input, proof);
  const planned = underMaintenance(
    input.observations,
    (observations) => judge({ ...input, observations }, proof).causes,
  );
  if (planned !== null && planned.explanation !== null) return { kind: 'no-fault', explanation: planned.explanation };
  const causes = planned?.causes ?? judgement.causes;
  if (causes.length > 0) return { kind: 'attributed', causes, disputed: false };
  const explanation = nothingWrong(input.observations, judgement.lacks, proof);
  if (explanation !== null) return { kind: 'no-fault', explanation };
  const ranked = rankHypotheses(input);
  const supported = ranked.filter((hypothesis) => hypothesis.for.length > 0 || hypothesis.recalled.length > 0);
  const candidates = supported.slice(0, candidatesMax).map((hypothesis) => rankedCause(hypothesis));
  return {
    kind: 'not-proven',
    candidates,
    ...(deciding === undefined ? {} : { decidingProbe: deciding }),
    ...(timeMayTell(input.observations, proof.alertAtMs ?? 0) ? { timeMayTell: true } : {}),
    reason: reasonText(judgement.lacks, supported),
  };
}

function reasonText(lacks: Judgement['lacks'], supported: readonly Hypothesis[]): string {
  const [leader, second] = supported;
  if (lacks === 'evidence' || leader === undefined) return 'No known sign of a cause was found in what was read.';
  const lead = `${causeText({ category: leader.category, ...leader.place })} (${percent(leader.probability)})`;
  if (lacks === 'cause-finding')
    return `Only symptoms were found, which many causes share; the likeliest is ${lead}, and nothing shows that it began there.`;
  if (lacks === 'measurement') return `${lead} leads, but no probe on the node has confirmed it.`;
  const alike = lacks === 'look-alike' ? lookAlikeOf(leader) : null;
  if (alike !== null) return `${lead} leads, and ${alike.other} would look the same: ${alike.why}.`;
  const rival =
    second === undefined
      ? ''
      : `, against ${causeText({ category: second.category, ...second.place })} (${percent(second.probability)})`;
  return `The evidence does not tell the candidates apart: ${lead} leads${rival}.`;
}

function percent(probability: number): string {
  return `${Math.round(probability * 100)} %`;
}

import type { ProbeWish } from '../../workflows/domain/finding.ts';
import { performanceCompare } from '../performance/as-probe.ts';
import { jobInterrupted, jobNormal, jobStopped, performanceKinds } from '../performance/kinds.ts';
import { probeOfKind } from './knowledge.ts';
import { besideWishes, lastingWishes, ofProgram } from './beside-wishes.ts';
import { activeMaintenanceId, isMaintenance, takenOutId } from './maintenance.ts';
import { causeText } from './places.ts';
import { chooseProbes, chooseRefuter, nodesPerWishMax, openNodes, wishCostMs } from './probe-choice.ts';
import { neededForRepair } from './repair-needs.ts';
import type { ReasonInput, Scene } from './scene.ts';
import { kernelLogProbeId, xidGaugePrefix } from './timeliness.ts';
import { contradicting, leadingMin, overtaken } from './second-readings.ts';
import { judge, type Judgement } from './verdict.ts';
import { wishFor, wishOf } from './wish-for.ts';

/** Kinds of probes that a handler looks at first: what an engineer types before thinking. */
export const firstLooksMax = 6;
/** Kinds of probes that one round of criticism asks for, and that one round of verification does. */
const secondWishesMax = 4;
const thirdWishesMax = 6;
/** Readings of one round: as many as a batch takes. */
const readingsMax = 2_000;

/** Where something stands out, what tells most; where nothing does, the handler's first look, then what tells most. */
export function firstWishes(scene: Scene): readonly ProbeWish[] {
  const looks = firstLooks(scene);
  return looks.length > 0 ? looks : chooseProbes(scene.choice);
}

function firstLooks(scene: Scene): readonly ProbeWish[] {
  if (scene.ranking.observations.some(({ role }) => role === 'cause' || role === 'symptom')) return [];
  return scene.input.firstProbes
    .slice(0, firstLooksMax)
    .flatMap((probeId) => wishFor(probeId, scene.input.nodes, 'a first look for this class of alerts', scene) ?? []);
}

/** Round 2: nodes that are silent, what confirms or refutes the leader, the calendar, what tells the hypotheses apart. */
export function secondWishes(scene: Scene): readonly ProbeWish[] {
  const leader = scene.standing[0];
  const judged = judge(scene.ranking, scene.proof);
  const silent = [...outOfBandWishes(scene), ...comebackWishes(scene)];
  const calendar = calendarWish(scene);
  const explaining = explainingWish(scene);
  const again = together(overtaken(scene));
  // What is named already on a measurement needs no more of them, but for what it may not explain; round 3 tries to
  // refute it.
  if (isNamed(scene, judged)) {
    const needed = [explaining, leader?.category === 'scheduler-action' ? calendar : null].filter(
      (wish) => wish !== null,
    );
    return together([...silent, ...needed, ...again, ...ofProgram(scene, judged)]);
  }
  // It is measured itself, beside the probes that tell most.
  const leads = leader !== undefined && leader.probability >= leadingMin && !isMeasured(scene);
  const confirming = leads ? chooseRefuter(leader, scene.choice) : null;
  const first = [explaining, ...decidingWishes(scene, judged), ...again, confirming, calendar].filter(
    (wish) => wish !== null,
  );
  const asked = new Set(first.map(({ probeId }) => probeId));
  const chosen = [...first, ...firstWishes(scene).filter(({ probeId }) => !asked.has(probeId))];
  const most = firstLooks(scene).length > 0 ? firstLooksMax : secondWishesMax;
  return [...distinct([...silent, ...distinct(chosen).slice(0, most)]), ...comparingWishes(scene, judged)];
}

/** A cause stands on a measurement of its own. */
function isNamed(scene: Scene, { causes }: Judgement): boolean {
  return causes.length > 0 && isMeasured(scene);
}

/** Symptoms of a slow job; one that stopped has no speed. */
const speedKinds: ReadonlySet<string> = new Set(
  performanceKinds
    .filter(({ id, role }) => role !== 'clean' && id !== jobStopped.id && id !== jobInterrupted.id)
    .map(({ id }) => id),
);

/**
 * The job's speed until now, asked once: at first where nobody has compared it yet, later where it is older than the
 * probes and these have named nothing.
 */
function comparingWishes(scene: Scene, judged: Judgement): readonly ProbeWish[] {
  const { speed, probesRun } = scene.input;
  if (speed === undefined || probesRun.some(({ probeId }) => probeId === performanceCompare.id)) return [];
  if (!isAboutSpeed(scene)) return [];
  const isOlder = probesRun.length > 0 && !isNamed(scene, judged);
  if (speed.compared && !isOlder) return [];
  const why = speed.compared
    ? 'the comparison is older than the probes, and these have named nothing'
    : 'the case is about speed, and it was not compared yet';
  return [{ probeId: performanceCompare.id, nodes: [], why, gainBits: 0, costMs: performanceCompare.costMs }];
}

/** Kinds of kb/metrics and kb/detectors/sequences/step-times.ts. */
const slowStepKind = /^(?:metric|job)\.(?:\S+\.)?(?:step-time|throughput|tokens)\./;

function isAboutSpeed({ ranking }: Scene): boolean {
  return ranking.observations.some(
    ({ kind, role }) => speedKinds.has(kind.id) || (role === 'symptom' && slowStepKind.test(kind.id)),
  );
}

/** What a management host and a management controller say of a node that nobody can log in to. */
const outOfBandProbes = ['net.node-reach', 'bmc.power', 'bmc.event-log'] as const;

function outOfBandWishes(scene: Scene): readonly ProbeWish[] {
  const silent = scene.input.nodes.filter((node) => scene.unreachable.has(node));
  const why = 'nobody can log in to it: whether it is off, cut off or broken can be asked from outside';
  return outOfBandProbes.flatMap((probeId) => wishFor(probeId, silent, why, scene) ?? []);
}

/** Batches in a row that read nothing of a node, after which it is not tried again. */
const silentBatchesMax = 2;

/**
 * A node that was silent may be back: one cheap reading shows it, and what was missed there may be wished for again. Only
 * the node itself can say so, since a host that answers a ping need not let anybody in.
 */
function comebackWishes({ input, choice }: Scene): readonly ProbeWish[] {
  const silent = input.nodes.filter((node) => {
    const batches = input.silent?.get(node) ?? 0;
    return batches > 0 && batches < silentBatchesMax;
  });
  if (silent.length === 0) return [];
  const why = 'nothing of it could be read; asked once more, for it may be back';
  const cheapest = choice.probes
    .filter(({ impact, via }) => impact === 'passive' && via !== 'management')
    .toSorted((a, b) => a.costMs - b.costMs);
  const { unreachable: _silent, ...asIfBack } = choice;
  const open = openNodes(asIfBack);
  for (const probe of cheapest) {
    const nodes = open.among(probe, silent).slice(0, nodesPerWishMax);
    if (nodes.length === silent.length)
      return [{ probeId: probe.id, nodes, why, gainBits: 0, costMs: wishCostMs(probe, nodes.length) }];
  }
  return [];
}

/** One wish a probe: the first. */
function distinct(wishes: readonly ProbeWish[]): readonly ProbeWish[] {
  return wishes.filter((wish, at) => wishes.findIndex(({ probeId }) => probeId === wish.probeId) === at);
}

// Alerts of more nodes than this are no stale gauge.
const explainedNodesMax = 8;

/**
 * An alert beside a healthy job wants an explanation: the kernel log of the node that it points at has the times of what
 * is still shown. No cause is told from another by that, so it is asked for by itself.
 */
function explainingWish(scene: Scene): ProbeWish | null {
  const { input, ranking, atWork } = scene;
  if (!atWork) return null;
  const pointed = ranking.observations
    .filter(({ role, kind }) => role === 'cause' || kind.id.startsWith(xidGaugePrefix))
    .map(({ place }) => place.node);
  // An alert of one node names it, whatever else is shown.
  const named = new Set(input.nodes.length === 1 ? input.nodes : pointed);
  if (named.size > explainedNodesMax) return null;
  const why = 'the job is well: the times in the kernel log may explain what the alert shows';
  return wishFor(
    kernelLogProbeId,
    input.nodes.filter((node) => named.has(node)),
    why,
    scene,
  );
}

/**
 * Whatever stopped or slowed a job, the calendar may explain it for the price of a look, and where it does not, the
 * reason that stands beside a node which was taken out: each is asked once.
 */
function calendarWish(scene: Scene): ProbeWish | null {
  const { knowledge, input, ranking } = scene;
  if (ranking.observations.some(({ kind }) => kind.id === jobNormal.id)) return null;
  if (ranking.observations.some(isMaintenance)) return null;
  const probe = [activeMaintenanceId, takenOutId]
    .flatMap((kindId) => probeOfKind(knowledge, kindId) ?? [])
    .find(({ id }) => !input.probesRun.some(({ probeId }) => probeId === id));
  const why = 'planned maintenance would explain a job that stopped or slowed';
  return probe === undefined ? null : wishOf(probe, input.nodes, why, scene);
}

function isMeasured({ standing, proof }: Scene): boolean {
  return standing[0]?.for.some(({ observation }) => proof.isMeasured(observation.kind.id)) ?? false;
}

/** Round 3 asks once; called again, it ends, whatever came back. */
export function alreadyRefuting({ previousGraph }: ReasonInput): boolean {
  return previousGraph?.nodes.some((node) => node.round === 3) ?? false;
}

/** Round 3: one probe that could speak against the leader, what the named causes may not explain, what a repair has to know. */
export function thirdWishes(scene: Scene): readonly ProbeWish[] {
  const judged = judge(scene.ranking, scene.proof);
  const refuting = refutingWish(scene);
  const silent = [...outOfBandWishes(scene), ...comebackWishes(scene)];
  const wanted = [
    ...(refuting === null ? [] : [refuting]),
    ...overtaken(scene),
    ...ofProgram(scene, judged),
    ...decidingWishes(scene, judged),
    ...silent,
    ...lastingWishes(scene, judged),
    ...besideWishes(scene, judged),
    ...preparingWishes(scene, judged),
  ];
  return [...together(wanted).slice(0, thirdWishesMax), ...comparingWishes(scene, judged)];
}

/**
 * Nodes that are read beside the one in question, as its siblings: with the few adapters of one nobody is odd. Of a cause
 * without a place as many in all, since what few nodes show may be theirs.
 */
const decidingSiblingsMax = 3;

/** Where nothing but a look-alike keeps a cause from being named, what would decide; it hardly changes how likely either is. */
function decidingWishes(scene: Scene, { undecided }: Judgement): readonly ProbeWish[] {
  return undecided.flatMap(({ hypothesis: { category, place }, alike: { decidedBy = [] } }) => {
    const { node } = place;
    const why = `would decide between ${causeText({ category, ...place })} and what looks like it`;
    if (node === undefined) {
      const any = scene.input.nodes.slice(0, decidingSiblingsMax + 1);
      return decidedBy.flatMap((probeId) => wishFor(probeId, any, why, scene) ?? []);
    }
    const others = scene.input.nodes.filter((other) => other !== node).slice(0, decidingSiblingsMax);
    const wishes = decidedBy.map((probeId) => wishFor(probeId, [node, ...others], why, scene));
    // Its siblings alone tell nothing new of it.
    return wishes.flatMap((wish) => (wish?.nodes.includes(node) === true ? [wish] : []));
  });
}

function preparingWishes(scene: Scene, { causes }: Judgement): readonly ProbeWish[] {
  return causes.flatMap((cause) => {
    const { category, node } = cause;
    if (node === undefined) return [];
    const why = `a repair of ${causeText(cause)} has to know it`;
    return neededForRepair(category).flatMap((probeId) => wishFor(probeId, [node], why, scene) ?? []);
  });
}

/** One wish a probe, of all nodes that it was wished for; two causes on two nodes may need the same of each. */
function together(wishes: readonly ProbeWish[]): readonly ProbeWish[] {
  return [...Map.groupBy(wishes, ({ probeId }) => probeId).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const nodes = [...new Set(same.flatMap((wish) => wish.nodes))];
    return [{ ...first, nodes, costMs: Math.max(...same.map(({ costMs }) => costMs)) }];
  });
}

/** As many readings as one batch takes: of what comes last, the nodes that were suspected least are left out. */
export function withinBatch(wishes: readonly ProbeWish[]): readonly ProbeWish[] {
  let room = readingsMax;
  return wishes.flatMap((wish) => {
    const nodes = wish.nodes.slice(0, room);
    room -= nodes.length;
    // What asks no node takes no room.
    if (wish.nodes.length === 0) return [wish];
    return nodes.length === 0 ? [] : [nodes.length === wish.nodes.length ? wish : { ...wish, nodes }];
  });
}

function refutingWish(scene: Scene): ProbeWish | null {
  const leader = scene.standing[0];
  if (leader === undefined || scene.input.uncritical === true) return null;
  return contradicting(leader, scene) ?? chooseRefuter(leader, scene.choice);
}

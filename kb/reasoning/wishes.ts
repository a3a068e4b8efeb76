import type { ProbeWish } from '../../workflows/domain/finding.ts';
import { jobNormal } from '../performance/kinds.ts';
import type { Hypothesis } from './hypotheses.ts';
import { probeOfKind } from './knowledge.ts';
import { activeMaintenanceId } from './maintenance.ts';
import { causeText } from './places.ts';
import { chooseProbes, chooseRefuter, nodesPerWishMax, wishCostMs, wishesMax } from './probe-choice.ts';
import { neededForRepair } from './repair-needs.ts';
import type { ReasonInput, Scene } from './scene.ts';
import { kernelLogProbeId, xidGaugePrefix } from './timeliness.ts';
import { judge } from './verdict.ts';

/** Where something stands out, what tells most; where nothing does, the handler's first look, then what tells most. */
export function firstWishes(scene: Scene): readonly ProbeWish[] {
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

/** Round 2: what confirms or refutes the leader, the calendar, and what tells the hypotheses apart. */
export function secondWishes(scene: Scene): readonly ProbeWish[] {
  const leader = scene.standing[0];
  const calendar = calendarWish(scene);
  const explaining = explainingWish(scene);
  // What is named already on a measurement needs no more of them; round 3 tries to refute it.
  if (judge(scene.ranking, scene.proof).causes.length > 0 && isMeasured(scene))
    return [explaining, leader?.category === 'scheduler-action' ? calendar : null].filter((wish) => wish !== null);
  const leads = leader !== undefined && leader.probability >= leadingMin && !isMeasured(scene);
  const confirming = leads ? chooseRefuter(leader, scene.choice) : null;
  const first = [explaining, confirming, calendar].filter((wish) => wish !== null);
  const asked = new Set(first.map(({ probeId }) => probeId));
  const chosen = [...first, ...firstWishes(scene).filter(({ probeId }) => !asked.has(probeId))];
  return distinct(chosen).slice(0, wishesMax);
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
function explainingWish({ knowledge, input, ranking, choice, atWork }: Scene): ProbeWish | null {
  const probe = knowledge.probes.find(({ id }) => id === kernelLogProbeId);
  if (probe === undefined || !atWork) return null;
  const pointed = ranking.observations
    .filter(({ role, kind }) => role === 'cause' || kind.id.startsWith(xidGaugePrefix))
    .map(({ place }) => place.node);
  // An alert of one node names it, whatever else is shown.
  const named = new Set(input.nodes.length === 1 ? input.nodes : pointed);
  const nodes = input.nodes.filter((node) => named.has(node) && !choice.ran.has(`${probe.id}@${node}`));
  if (nodes.length === 0 || named.size > explainedNodesMax) return null;
  const why = 'the job is well: the times in the kernel log may explain what the alert shows';
  return { probeId: probe.id, nodes, why, gainBits: 0, costMs: wishCostMs(probe, nodes.length) };
}

/** Whatever stopped or slowed a job, the calendar may explain it for the price of a look: asked once. */
function calendarWish({ knowledge, input, ranking }: Scene): ProbeWish | null {
  const probe = probeOfKind(knowledge, activeMaintenanceId);
  if (probe === undefined || ranking.observations.some(({ kind }) => kind.id === jobNormal.id)) return null;
  if (input.nodes.length === 0 || input.probesRun.some(({ probeId }) => probeId === probe.id)) return null;
  return {
    probeId: probe.id,
    nodes: input.nodes.slice(0, nodesPerWishMax),
    why: 'planned maintenance would explain a job that stopped or slowed',
    gainBits: 0,
    costMs: wishCostMs(probe, Math.min(input.nodes.length, nodesPerWishMax)),
  };
}

function isMeasured({ standing, proof }: Scene): boolean {
  return standing[0]?.for.some(({ observation }) => proof.isMeasured(observation.kind.id)) ?? false;
}

/** Round 3 asks once; called again, it ends, whatever came back. */
export function alreadyRefuting({ previousGraph }: ReasonInput): boolean {
  return previousGraph?.nodes.some((node) => node.round === 3) ?? false;
}

/** Round 3: one probe that could speak against the leader, and what its repair would have to know. */
export function thirdWishes(scene: Scene): readonly ProbeWish[] {
  const refuting = refutingWish(scene);
  const preparing = preparingWishes(scene).filter(({ probeId }) => probeId !== refuting?.probeId);
  return refuting === null ? preparing : [refuting, ...preparing];
}

function preparingWishes({ ranking, proof, knowledge, choice }: Scene): readonly ProbeWish[] {
  return judge(ranking, proof).causes.flatMap((cause) => {
    const { category, node } = cause;
    if (node === undefined) return [];
    return neededForRepair(category).flatMap((probeId) => {
      const probe = knowledge.probes.find(({ id }) => id === probeId);
      if (probe === undefined || choice.ran.has(`${probeId}@${node}`)) return [];
      const why = `a repair of ${causeText(cause)} has to know it`;
      return [{ probeId, nodes: [node], why, gainBits: 0, costMs: wishCostMs(probe, 1) }];
    });
  });
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
        why: `its reading contradicts ${causeText({ category: leader.category, ...leader.place })}, which leads; read once more`,
        gainBits: 0,
        costMs: probe.costMs,
      };
  }
  return null;
}

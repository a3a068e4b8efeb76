import type { ProbeWish } from '../../workflows/domain/finding.ts';
import { componentKinds } from '../performance/kinds.ts';
import { hostDState, waitsForSharedStorage } from '../probes/host-d-state.ts';
import { jobProfile } from '../probes/job-profile.ts';
import { jobStacks } from '../probes/job-stacks.ts';
import { rankHypotheses, type Hypothesis } from './hypotheses.ts';
import type { Observation } from './observations.ts';
import { isPlaced } from './places.ts';
import { bears } from './probe-answers.ts';
import { chooseProbes } from './probe-choice.ts';
import type { Scene } from './scene.ts';
import { storageKinds } from './shared-storage.ts';
import { gpusWait } from './standstill.ts';
import type { Judgement } from './verdict.ts';
import { wishAgain, wishFor } from './wish-for.ts';

/** Kinds of probes that look for a cause beside the named ones. */
const besideMax = 2;

/**
 * What the named causes leave unexplained may have a cause of its own, which nobody has looked for while they led: what
 * bears on a cause that it speaks for is asked.
 */
export function besideWishes({ ranking, choice }: Scene, judged: Judgement): readonly ProbeWish[] {
  if (judged.causes.length === 0) return [];
  const observations = judged.remaining;
  const left = new Set(observations.filter(isTrouble).flatMap(({ findings }) => findings));
  const hypotheses = rankHypotheses({ ...ranking, observations });
  const spokenFor = [...new Set(hypotheses.filter((one) => isSpokenFor(one, left)).map(({ category }) => category))];
  const probes = choice.probes.filter((probe) => spokenFor.some((category) => bears(probe, category)));
  return chooseProbes({ ...choice, hypotheses, probes }, besideMax);
}

function isTrouble({ role }: Observation): boolean {
  return role === 'cause' || role === 'symptom';
}

// Odds of 3 to 1: what hardly speaks for a cause beside the named ones is no reason to look for it.
const spokenForMin = Math.log(3);

function isSpokenFor(hypothesis: Hypothesis, left: ReadonlySet<Observation['earliest']>): boolean {
  const said = hypothesis.for
    .filter(({ observation }) => observation.findings.some((finding) => left.has(finding)))
    .reduce((sum, { weight }) => sum + weight, 0);
  return said >= spokenForMin;
}

/**
 * Processes of many nodes wait for the shared storage, and nothing that is named makes them wait: a moment's reading may be
 * that of a checkpoint, the next one is not.
 */
export function lastingWishes(scene: Scene, { remaining }: Judgement): readonly ProbeWish[] {
  const { input, knowledge, ranking } = scene;
  const isOfMany = ({ kind, place }: Observation): boolean => kind.id === waitsForSharedStorage.id && !isPlaced(place);
  const isShown = ranking.observations.some(({ kind }) => storageKinds.includes(kind));
  const probe = knowledge.probes.find(({ id }) => id === hostDState.id);
  if (probe === undefined || isShown || !remaining.some(isOfMany)) return [];
  const wish = wishAgain(probe, input.nodes, 'whether processes still wait for the shared storage', scene);
  return wish === null ? [] : [wish];
}

/** What the job's program does, where the causes that are named do not say why it is slow, or why it stands still. */
export function ofProgram(scene: Scene, judged: Judgement): readonly ProbeWish[] {
  if (scene.input.uncritical === true) return [];
  return [profileWish(scene, judged), stacksWish(scene, judged)].filter((wish) => wish !== null);
}

/**
 * A named cause of which the performance model does not know that it makes a job this slow may not be all: what a program
 * does with its time stands in no reading of the machines. What strikes one rank now and another one later (a collection of
 * garbage, a compilation, a slow sample) is missed by one profile of some seconds as often as it is seen.
 */
function profileWish(scene: Scene, { causes }: Judgement): ProbeWish | null {
  const { ranking, input, knowledge } = scene;
  const current = ranking.observations.filter(({ past }) => past !== true);
  if (!current.some(({ kind }) => kind.id === componentKinds.unknown.id)) return null;
  if (causes.length > 0) {
    const why = 'the job is slow, and nothing that was measured says that the named cause makes it so';
    const first = wishFor(jobProfile.id, input.nodes, why, scene);
    if (first !== null) return first;
  }
  const shows = new Set(jobProfile.outcomes.flatMap(({ id, role }) => (role === 'cause' ? [id] : [])));
  const probe = knowledge.probes.find(({ id }) => id === jobProfile.id);
  if (probe === undefined || input.round !== 3 || current.some(({ kind }) => shows.has(kind.id))) return null;
  return wishAgain(probe, input.nodes, 'one profile may have missed what holds ranks up now and then', scene);
}

/** A job may stand still for a reason that has nothing to do with the cause that is named: its stacks say where. */
function stacksWish(scene: Scene, { causes }: Judgement): ProbeWish | null {
  if (causes.length === 0 || !gpusWait(scene.input.findings, scene.input.nodes)) return null;
  return wishFor(jobStacks.id, scene.input.nodes, 'every GPU waits: in which call, the stacks say', scene);
}

import type { ProbeWish } from '../../workflows/domain/finding.ts';
import type { Hypothesis } from './hypotheses.ts';
import { probeOfKind } from './knowledge.ts';
import type { Observation } from './observations.ts';
import { causeText } from './places.ts';
import type { Scene } from './scene.ts';
import { wishAgain } from './wish-for.ts';

// A leader that is likelier than all others together.
export const leadingMin = 0.5;

/** A reading that contradicts a strong leader is read once more before it is believed. */
export function contradicting(leader: Hypothesis, scene: Scene): ProbeWish | null {
  if (leader.probability < leadingMin) return null;
  const why = `its reading contradicts ${textOf(leader)}, which leads; read once more`;
  return againOf(leader, why, scene)[0] ?? null;
}

/** As many causes as a verdict names. */
const overtakenMax = 3;

/**
 * Clean readings of the first look are of the minute of the alert. Where a log or a metric shows the trouble only after
 * that, they are older than what they speak against: they are made once more, wherever the cause ranks by them.
 */
export function overtaken(scene: Scene): readonly ProbeWish[] {
  const { alertAtMs } = scene.proof;
  if (alertAtMs === null) return [];
  return scene.ranked
    .filter((hypothesis) => hypothesis.for.some(({ observation }) => isLater(observation, alertAtMs)))
    .flatMap((hypothesis) => {
      const why = `its reading is older than what shows ${textOf(hypothesis)}`;
      return againOf(hypothesis, why, scene).slice(0, 1);
    })
    .slice(0, overtakenMax);
}

function isLater({ role, probed, earliest, place }: Observation, alertAtMs: number): boolean {
  return role === 'cause' && !probed && place.node !== undefined && (earliest.atMs ?? 0) > alertAtMs;
}

// Odds of 1 to 4.5 against a cause.
const surprisingWeight = -1.5;

/** Once more, what speaks clearly against a cause at a place, where it was read once. */
function againOf({ against }: Hypothesis, why: string, scene: Scene): readonly ProbeWish[] {
  return against.flatMap(({ observation: { kind, place }, weight }) => {
    const surprising = weight <= surprisingWeight && scene.proof.isMeasured(kind.id);
    const probe = surprising ? probeOfKind(scene.knowledge, kind.id) : undefined;
    if (probe === undefined || place.node === undefined) return [];
    const wish = wishAgain(probe, [place.node], why, scene);
    return wish === null ? [] : [wish];
  });
}

function textOf({ category, place }: Hypothesis): string {
  return causeText({ category, ...place });
}

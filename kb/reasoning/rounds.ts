import type { ProbeWish, RankedCause, Verdict } from '../../workflows/domain/finding.ts';
import { claimOf, rankedCause } from './claims.ts';
import { thinkRound } from './dot/think.ts';
import { named, percent } from './dot/thoughts.ts';
import type { Graph } from './graph.ts';
import { groundCause, groundClaims, groundVerdict } from './grounding.ts';
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
      return conclude(scene, null, withinBatch(firstWishes(scene)));
    case 2:
      return conclude(scene, null, withinBatch(secondWishes(scene)));
    case 3: {
      const wishes = alreadyRefuting(input) ? [] : withinBatch(thirdWishes(scene));
      if (wishes.length > 0) return conclude(scene, null, wishes);
      return conclude(scene, verdictOf(scene.ranking, scene.proof, decidingProbe(scene)), []);
    }
  }
}

/** Named for people where nothing was proven: they may also put load on a node that they have taken out. */
function decidingProbe({ choice }: Scene): ProbeWish | undefined {
  return chooseProbes(choice, 1)[0] ?? chooseProbes({ ...choice, load: true }, 1)[0];
}

function conclude(scene: Scene, verdict: Verdict | null, wantedProbes: readonly ProbeWish[]): Reasoned {
  const hypotheses = scene.standing.map((hypothesis) => groundCause(rankedCause(hypothesis), scene.ground));
  const judged = verdict === null ? null : groundVerdict(verdict, scene.ground);
  const leading = scene.standing[0]?.for.slice(0, 3).map(claimOf) ?? [];
  const end = {
    verdict: judged?.kept ?? null,
    wanted: wantedProbes,
    summary: summaryText(scene, judged?.kept ?? null, wantedProbes),
    claims: groundClaims(leading, scene.ground).kept,
  };
  return {
    graph: thinkRound(scene, end),
    hypotheses: hypotheses.map(({ kept }) => kept),
    verdict: end.verdict,
    wantedProbes,
    summary: end.summary,
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

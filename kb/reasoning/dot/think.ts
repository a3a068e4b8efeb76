import type { Claim, ProbeWish, Verdict } from '../../../workflows/domain/finding.ts';
import { emptyGraph, expressionsMax, type Graph, type GraphNodeDraft } from '../graph.ts';
import { keyOf, type Hypothesis } from '../hypotheses.ts';
import type { Scene } from '../scene.ts';
import { branchesOf, latestOf } from './branches.ts';
import { wishCode, withExpressions } from './expressions.ts';
import { growing, type Growing } from './growing.ts';
import { keyOfCause, merges } from './merges.ts';
import { citesOfClaims, critique, cut, fallen, proposition, refinement, verification } from './thoughts.ts';

/** How a round ended. */
export interface RoundEnd {
  readonly verdict: Verdict | null;
  readonly wanted: readonly ProbeWish[];
  readonly summary: string;
  /** What the summary cites: grounded. */
  readonly claims: readonly Claim[];
}

/**
 * The graph after one more round. Round 1 proposes, round 2 criticises and refines, round 3 verifies; a hypothesis that
 * appears later is proposed then. Thought again after another batch of probes, only what has changed is added.
 */
export function thinkRound(scene: Scene, end: RoundEnd): Graph {
  const grown = growing(scene.input.previousGraph ?? emptyGraph);
  const { round } = scene.input;
  const named = namedIn(scene, end.verdict);
  const standing = [...new Set([...scene.standing, ...named])];
  for (const hypothesis of standing) propose(grown, hypothesis, round);
  if (round === 2) for (const hypothesis of standing) criticise(grown, hypothesis, scene);
  if (round === 3) for (const hypothesis of verified(scene, named)) verify(grown, hypothesis, scene);
  letFall(grown, scene, new Set(standing.map(keyOf)));
  const joined = merges(scene, grown.graph(), end.verdict).flatMap((draft) => grown.think(draft) ?? []);
  const health = end.verdict?.kind === 'no-fault' ? grown.think(atWork(end.verdict.explanation, round)) : null;
  summarise(grown, scene, end, health === null ? joined : [...joined, health]);
  return grown.graph();
}

/** The hypotheses that the verdict names; in the order of the verdict. */
function namedIn({ ranked }: Scene, verdict: Verdict | null): readonly Hypothesis[] {
  const causes = verdict?.kind === 'attributed' ? verdict.causes : [];
  return causes.flatMap((cause) => ranked.find((hypothesis) => keyOf(hypothesis) === keyOfCause(cause)) ?? []);
}

function propose(grown: Growing, hypothesis: Hypothesis, round: 1 | 2 | 3): void {
  if (latestOf(grown.graph(), keyOf(hypothesis)) === null) grown.think(proposition(hypothesis, round));
}

function criticise(grown: Growing, hypothesis: Hypothesis, scene: Scene): void {
  const was = latestOf(grown.graph(), keyOf(hypothesis));
  if (was === null) return;
  const critic = grown.think(critique(hypothesis, scene, was.id));
  if (critic === null) return;
  const refined = refinement(hypothesis, scene.input.round, was, critic);
  // Thought again with nothing new: what stands is said already.
  const isSaid = was.type === 'refinement' && was.round === 2 && sameWeight(was.probability, refined.probability);
  if (!(isSaid && sameCites(was.findingIds, refined.findingIds) && isOlder(critic, was.id))) grown.think(refined);
}

/** Two weights that a reader would call one. */
function sameWeight(a: number | undefined, b: number | undefined): boolean {
  return Math.round(100 * (a ?? 0)) === Math.round(100 * (b ?? 0));
}

function sameCites(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}

function isOlder(id: string, than: string): boolean {
  return Number(id.slice(1)) < Number(than.slice(1));
}

/** The leader and its closest rival, and whatever the verdict names. */
function verified({ standing }: Scene, named: readonly Hypothesis[]): readonly Hypothesis[] {
  return [...new Set([...standing.slice(0, 2), ...named])];
}

function verify(grown: Growing, hypothesis: Hypothesis, scene: Scene): void {
  const was = latestOf(grown.graph(), keyOf(hypothesis));
  if (was !== null) grown.think(verification(hypothesis, scene, was.id));
}

/** Hypotheses let fall in one round at most. */
const fallenMax = 5;

function letFall(grown: Growing, { ranked, input }: Scene, standing: ReadonlySet<string>): void {
  const gone = branchesOf(grown.graph()).filter(({ key }) => !standing.has(key));
  for (const { key } of gone.slice(0, fallenMax)) {
    const was = latestOf(grown.graph(), key);
    const now = ranked.find((hypothesis) => keyOf(hypothesis) === key);
    if (was === null || now === undefined || sameWeight(was.probability, now.probability)) continue;
    grown.think(fallen(now, input.round, was));
  }
}

/** What was seen at work, and what explains the alert: nothing has to be the cause. */
function atWork(explanation: Claim, round: 1 | 2 | 3): GraphNodeDraft {
  const text = cut(`No fault: ${explanation.text}`);
  return { ...citesOfClaims([explanation]), type: 'verification', round, text, dependsOn: [] };
}

/** A summary rests on what is held of the standing hypotheses now, and on the branches that were joined. */
function summarise(grown: Growing, scene: Scene, end: RoundEnd, joined: readonly string[]): void {
  const keys = [...scene.standing, ...namedIn(scene, end.verdict)].map(keyOf);
  const held = keys.flatMap((key) => latestOf(grown.graph(), key)?.id ?? []);
  grown.think({
    ...citesOfClaims(end.claims),
    type: 'summary',
    round: scene.input.round,
    text: cut(end.summary),
    dependsOn: [...new Set([...held, ...joined])],
    ...withExpressions(end.wanted.slice(0, expressionsMax).map(wishCode)),
  });
}

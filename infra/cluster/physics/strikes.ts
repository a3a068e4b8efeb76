import { uniform } from '../noise.ts';
import type { FactName, FactValueOf } from '../state/facts/index.ts';
import { factAt } from '../state/facts/fact-at.ts';
import { spansOnce } from './spans-once.ts';
import { isWithin } from '../state/place.ts';
import type { World, WorldNode } from '../world.ts';
import type { Attempt, RankDeath, RankHang, StopCause } from './job.ts';
import type { Timeline } from './timeline.ts';

/** How a cause of one kind strikes the attempts of a job that use its place, once each. */
export interface StrikeRule<Name extends FactName> {
  readonly fact: Name;
  /** Which values strike; all that are not healthy when nothing is said. */
  readonly strikes?: (value: FactValueOf<Name>) => boolean;
  /** From its onset, in an attempt that runs then. */
  readonly firstMs: readonly [min: number, max: number];
  /** From the first step of an attempt that finds it there; null when it strikes no more. */
  readonly againMs: readonly [min: number, max: number] | null;
  /** The cause that says how long the latter takes at one place, in seconds. */
  readonly again?: 'gpu.gsp-again-s';
}

interface Cause<Name extends FactName> {
  readonly place: string;
  readonly key: string | undefined;
  readonly value: FactValueOf<Name>;
}

export interface Strike<Name extends FactName> extends Cause<Name> {
  readonly atMs: number;
  readonly attempt: Attempt;
}

/** When an attempt that is left alone is struck; null when it is not. */
function strikeMs<Name extends FactName>(
  seed: number,
  rule: StrikeRule<Name>,
  { place, value }: Cause<Name>,
  sinceMs: number,
  attempt: Attempt,
  againS: number,
): number | null {
  if (rule.strikes?.(value) === false) return null;
  const first = sinceMs > attempt.runMs;
  const range = first ? rule.firstMs : againS > 0 ? ([900 * againS, 1_100 * againS] as const) : rule.againMs;
  if (range === null) return null;
  const draw = uniform(seed, 'strike', rule.fact, place, attempt.number);
  return (first ? sinceMs : attempt.runMs) + range[0] + (range[1] - range[0]) * draw;
}

/** All strikes on a node up to a moment, oldest first: what logs and counters are made of. */
export function strikesOn<Name extends FactName>(
  timeline: Timeline,
  node: WorldNode,
  rule: StrikeRule<Name>,
  toMs: number,
): readonly Strike<Name>[] {
  const spans = spansOnce(timeline, rule.fact, toMs).filter(({ place }) => isWithin(place, node.name));
  if (spans.length === 0) return [];
  return timeline
    .lives(toMs)
    .filter(({ attempt }) => attempt.nodes.includes(node.index))
    .flatMap(({ attempt, stoppedMs }) =>
      spans.flatMap(({ place, key, value, fromMs, toMs: endMs }) => {
        const cause = { place, key, value };
        const asked = rule.again && { fact: rule.again, place };
        const againS = asked === undefined ? 0 : factAt(timeline, asked, fromMs);
        const atMs = strikeMs(timeline.world.seed, rule, cause, fromMs, attempt, againS);
        return atMs === null || atMs > Math.min(stoppedMs, toMs) || atMs >= endMs ? [] : [{ ...cause, atMs, attempt }];
      }),
    )
    .toSorted((a, b) => a.atMs - b.atMs);
}

/** Where in an attempt a cause is; null elsewhere. */
export function placeIn(world: World, attempt: Attempt, place: string): { node: number; gpu: number | null } | null {
  const [name = '', part = ''] = place.split('/');
  const node = attempt.nodes.find((index) => world.nodes[index]?.name === name);
  if (node === undefined) return null;
  return { node, gpu: part.startsWith('gpu') ? Number(part.slice(3)) : null };
}

/** The stop that the first strike of a rule brings about. */
export function stopByStrike<Name extends FactName>(
  rule: StrikeRule<Name>,
  stopped: (strike: Strike<Name>, at: { readonly node: number; readonly gpu: number | null }) => RankDeath | RankHang,
): StopCause {
  return ({ world, attempt, fact, facts }) => {
    const stops = facts(rule.fact).flatMap(({ place, key, value, sinceMs }) => {
      const at = placeIn(world, attempt, place);
      const againS = rule.again === undefined ? 0 : fact({ fact: rule.again, place });
      const atMs = at === null ? null : strikeMs(world.seed, rule, { place, key, value }, sinceMs, attempt, againS);
      return at === null || atMs === null ? [] : [stopped({ place, key, value, atMs, attempt }, at)];
    });
    return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
  };
}

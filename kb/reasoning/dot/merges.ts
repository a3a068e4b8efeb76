import type { Cause, Verdict } from '../../../workflows/domain/finding.ts';
import type { Graph, GraphNodeDraft } from '../graph.ts';
import { keyOf, type Hypothesis } from '../hypotheses.ts';
import { causeText, isPlaced, placeOf } from '../places.ts';
import type { Scene } from '../scene.ts';
import { latestOf } from './branches.ts';
import { explainsAway, expression } from './expressions.ts';
import { about, named } from './thoughts.ts';

/** Branches that one round joins at most. */
const mergesMax = 4;

/** Where branches compete no longer: one cause at two places, a cause with what follows from it, causes that go together. */
export function merges(scene: Scene, graph: Graph, verdict: Verdict | null): readonly GraphNodeDraft[] {
  const { round } = scene.input;
  const joined = [...cascades(scene, graph), ...sameCauses(scene, graph), ...together(verdict, graph)];
  return joined.slice(0, mergesMax).map((draft) => ({ ...draft, type: 'refinement', round }));
}

type Joined = Omit<GraphNodeDraft, 'type' | 'round'>;

/** A cause with all that it brings about is one chain. */
function cascades({ standing }: Scene, graph: Graph): readonly Joined[] {
  const followers = standing.filter(({ followsFrom }) => followsFrom !== null);
  const chains = Map.groupBy(followers, ({ followsFrom }) => (followsFrom === null ? '' : keyOf(followsFrom)));
  return [...chains].flatMap(([key, following]) => {
    const first = standing.find((other) => keyOf(other) === key);
    const branches = first === undefined ? null : idsOf([key, ...following.map(keyOf)], graph);
    if (first === undefined || branches === null) return [];
    const names = following.map(named);
    return [
      {
        joins: 'cascade' as const,
        text: `${named(first)} came first, and what speaks for ${names.join(' and ')} is what it brings about: one chain.`,
        dependsOn: branches,
        ...about(first),
        ...nothingNew,
        expressions: names.map((name) => explainsAway(named(first), name)),
      },
    ];
  });
}

/** Two places are one cause more often than two: both are shown, and the likelier one leads. */
function sameCauses({ standing }: Scene, graph: Graph): readonly Joined[] {
  const placed = standing.filter(({ place }) => isPlaced(place));
  return [...Map.groupBy(placed, ({ category }) => category).values()].flatMap((same) => {
    const [leader] = same;
    const branches = same.length < 2 ? null : idsOf(same.map(keyOf), graph);
    if (leader === undefined || branches === null) return [];
    const others = same.slice(1).map(named).join(' and ');
    return [
      {
        joins: 'same-cause' as const,
        text: `${named(leader)} and ${others} are one kind of cause at ${same.length} places; ${named(leader)} leads.`,
        dependsOn: branches,
        ...about(leader),
        ...nothingNew,
        expressions: [expression('rule', `${same.map(named).join(' ∨ ')} ⊢ ${leader.category}`)],
      },
    ];
  });
}

function together(verdict: Verdict | null, graph: Graph): readonly Joined[] {
  const causes = verdict?.kind === 'attributed' ? verdict.causes : [];
  const branches = causes.length < 2 ? null : idsOf(causes.map(keyOfCause), graph);
  if (branches === null) return [];
  const names = causes.map(causeText);
  return [
    {
      joins: 'together',
      text: `${names.join(' and ')} explain together what was read: neither does alone.`,
      dependsOn: branches,
      ...nothingNew,
      expressions: [expression('rule', `findings ⊢ ${names.join(' ∧ ')}`)],
    },
  ];
}

export function keyOfCause(cause: Cause): string {
  return keyOf({ category: cause.category, place: placeOf(cause) } satisfies Pick<Hypothesis, 'category' | 'place'>);
}

/** A merge weighs nothing anew: the branches that it joins cite the evidence. */
const nothingNew = { findingIds: [], ranges: [] };

/** Null where a branch is not in the graph, or all are one. */
function idsOf(keys: readonly string[], graph: Graph): string[] | null {
  const ids = new Set(keys.map((key) => latestOf(graph, key)?.id));
  return ids.size < 2 || ids.has(undefined) ? null : [...ids].filter((id) => id !== undefined);
}

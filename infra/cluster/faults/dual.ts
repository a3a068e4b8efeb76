import type { Change, Target } from '../state/actions.ts';
import { findNode, jobOfNode, type World } from '../world.ts';
import { drawPlace, drawValues, type DrawPlace } from './draw.ts';
import type { Fault, Injection, Ranges } from './fault.ts';

/** Where the second of two faults strikes, seen from the first. */
type SecondPlace = 'same-node' | 'other-node';

interface DualSpec {
  readonly id: string;
  readonly summary: string;
  readonly second: SecondPlace;
}

const prefix = 'second-';

/**
 * Two faults at once. The values of the second one have names that begin with `second-`; its onset is its own. It is
 * present while one of the two is, and undone when both are.
 *
 *     export const dualCapAndOptic = dualOf(gpuPowerCap, ibDirtyOptic, { id: 'dual-…', summary: '…', second: 'other-node' });
 */
export function dualOf(first: Fault, second: Fault, { id, summary, second: where }: DualSpec): Fault {
  const ranges: Ranges = {
    ...first.ranges,
    ...Object.fromEntries(Object.entries(second.ranges).map(([name, range]) => [prefix + name, range])),
  };
  const parts = (injection: Injection): readonly (readonly [Fault, Injection])[] => [
    [first, { ...injection, target: firstOf(injection.target) }],
    [second, { ...injection, target: secondOf(injection.target), values: valuesOfSecond(injection.values) }],
  ];
  return {
    id,
    kind: 'dual',
    summary,
    categories: [...new Set([...first.categories, ...second.categories])],
    place: first.place,
    parts: [first.id, second.id],
    onsets: first.onsets,
    ranges,
    heals: `both: ${first.heals}; and ${second.heals}`,
    draw(world, random) {
      const one = first.draw(world, random);
      return { ...one, second: second.draw(world, beside(world, random, one, where)) };
    },
    complete(world, asked) {
      const { second: other, ...rest } = asked;
      const one = first.complete(world, rest);
      // Who names no second place means the one that a draw would give.
      const drawn = () => second.draw(world, beside(world, drawPlace(world, world.seed, id), one, where));
      return { ...one, second: other === undefined ? drawn() : second.complete(world, other) };
    },
    reject: (world, target) =>
      first.reject(world, firstOf(target)) ??
      (target.second === undefined ? 'it needs a second place' : second.reject(world, target.second)),
    causes(target, drawn, context) {
      const own = drawValues(second, context.seed, {});
      const later = second.causes(secondOf(target), valuesOfSecond(drawn), { ...context, onset: own.onset });
      return [
        ...first.causes(firstOf(target), drawn, context),
        // The caller gives its onset to what has none.
        ...later.map((change) =>
          change.kind === 'fact' && change.onset === undefined ? { ...change, onset: own.onset } : change,
        ),
      ];
    },
    undo: (injection, world) => once(parts(injection).flatMap(([fault, one]) => fault.undo(one, world))),
    present: (settings, injection, ms) => parts(injection).some(([fault, one]) => fault.present(settings, one, ms)),
  };
}

function firstOf({ second: _second, ...rest }: Target): Target {
  return rest;
}

function secondOf({ second, node }: Target): Target {
  return second ?? { node };
}

function valuesOfSecond(values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  );
}

/** Draws for the second place: on the node of the first one, or on another node of the same job. */
function beside(world: World, random: DrawPlace, first: Target, where: SecondPlace): DrawPlace {
  const here = findNode(world, first.node);
  const members = here === undefined ? undefined : jobOfNode(world, here.index)?.nodes;
  const others = world.nodes.filter((node) => node !== here && (members === undefined || members.includes(node.index)));
  const elsewhere = () => (others.length === 0 ? random.nodeBeside(first.node) : random.pick('second', others));
  return {
    ...random,
    node: () => (where === 'same-node' && here !== undefined ? here : elsewhere()),
    gpu: () => (random.gpu() + 1 + random.pick('second-gpu', [0, 1, 2])) % world.gpusPerNode,
    hca: (node) => random.pick('second-hca', node.hcas),
  };
}

/** Clearing a cause twice, or starting a job twice, is once. */
function once(changes: readonly Change[]): readonly Change[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
}

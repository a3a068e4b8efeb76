import type { Change, Target } from '../state/actions.ts';
import { findNode, jobOfNode, type World } from '../world.ts';
import { drawPlace, drawValues, type DrawPlace } from './draw.ts';
import type { CauseContext, Fault, FaultPart, Injection, Ranges } from './fault.ts';

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
 * present while one of the two is, and undone when both are; one of them can be mended by itself.
 *
 *     export const dualCapAndOptic = dualOf(gpuPowerCap, ibDirtyOptic, { id: 'dual-…', summary: '…', second: 'other-node' });
 */
export function dualOf(first: Fault, second: Fault, { id, summary, second: where }: DualSpec): Fault {
  const ranges: Ranges = {
    ...first.ranges,
    ...Object.fromEntries(Object.entries(second.ranges).map(([name, range]) => [prefix + name, range])),
  };
  const onsetOfSecond = (seed: number) => drawValues(second, seed, {}).onset;
  const split = (injection: Injection, world: World): readonly FaultPart[] => {
    const { target, values, onset, seed, changes } = injection;
    const [ofFirst, ofSecond] = [
      { target: firstOf(target), values, onset },
      { target: secondOf(target), values: valuesOfSecond(values), onset: onsetOfSecond(seed) },
    ];
    const setBySecond = setBy(second, ofSecond, { world, seed });
    const setByFirst = setBy(first, ofFirst, { world, seed });
    const changed = (isIts: (what: string) => boolean) => changes.filter((change) => isIts(whatOf(change)));
    // What both set stands there as the second one has it.
    const changedByFirst = changed((what) => setByFirst.has(what) && !setBySecond.has(what));
    return [
      { fault: first, injection: { ...injection, ...ofFirst, changes: changedByFirst } },
      { fault: second, injection: { ...injection, ...ofSecond, changes: changed((what) => setBySecond.has(what)) } },
    ];
  };
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
      const onset = onsetOfSecond(context.seed);
      const later = second.causes(secondOf(target), valuesOfSecond(drawn), { ...context, onset });
      return [
        ...first.causes(firstOf(target), drawn, context),
        // The caller gives its onset to what has none.
        ...later.map((change) =>
          change.kind === 'fact' && change.onset === undefined ? { ...change, onset } : change,
        ),
      ];
    },
    undo: (injection, world) => once(split(injection, world).flatMap((one) => one.fault.undo(one.injection, world))),
    present: (settings, injection, ms, world) =>
      split(injection, world).some((one) => one.fault.present(settings, one.injection, ms, world)),
    split,
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

/** What a fault changes there, whatever value it gives it. */
function setBy(
  fault: Fault,
  { target, values, onset }: Pick<Injection, 'target' | 'values' | 'onset'>,
  drawn: Omit<CauseContext, 'onset'>,
): ReadonlySet<string> {
  return new Set(fault.causes(target, values, { ...drawn, onset }).map(whatOf));
}

function whatOf(change: Change): string {
  const named = Object.entries(change).filter(
    ([name, value]) => name !== 'value' && name !== 'onset' && value !== undefined,
  );
  return JSON.stringify(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Clearing a cause twice, or starting a job twice, is once. */
function once(changes: readonly Change[]): readonly Change[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
}

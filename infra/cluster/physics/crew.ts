import type { World } from '../world.ts';

/** The nodes of an attempt by their names, and which slot the first GPU of each has in tables of its ranks. */
export interface Crew {
  readonly names: ReadonlySet<string>;
  readonly firstSlots: ReadonlyMap<string, number>;
  readonly slots: number;
}

const crews = new WeakMap<readonly number[], Crew>();

/** One for all segments of an attempt: with a thousand nodes it is not small. */
export function crewOf(world: World, nodes: readonly number[]): Crew {
  let crew = crews.get(nodes);
  if (crew === undefined) {
    const names = nodes.map((index) => world.nodes[index]?.name ?? '');
    crew = {
      names: new Set(names),
      firstSlots: new Map(names.map((name, at) => [name, at * world.gpusPerNode])),
      slots: nodes.length * world.gpusPerNode,
    };
    crews.set(nodes, crew);
  }
  return crew;
}

/** The slot of `node-07/3`; undefined for what is not of this crew. */
export function slotOf({ firstSlots }: Crew, node: string, gpu: number): number | undefined {
  const first = firstSlots.get(node);
  return first === undefined ? undefined : first + gpu;
}

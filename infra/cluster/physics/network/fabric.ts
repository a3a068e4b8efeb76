import type { World, WorldHca, WorldNode, WorldSwitch } from '../../world.ts';

/** InfiniBand: a leaf has 40 HDR ports (QM8700), 32 for its eight nodes with four HCAs each, eight for the spines. */
export const leafDownPorts = 32;
export const leafUplinks = 8;
export const switchPorts = 40;

export interface SwitchPort {
  readonly switch: string;
  readonly port: number;
}

/** The leaf's port that an HCA is connected to. */
export function leafPortOf(world: World, node: WorldNode, hca: WorldHca): SwitchPort {
  const members = leafOf(world, node)?.nodes ?? [];
  return {
    switch: node.leaf,
    port: 1 + 4 * Math.max(0, members.indexOf(node.index)) + node.hcas.indexOf(hca),
  };
}

export function leafOf(world: World, node: WorldNode): WorldSwitch | undefined {
  return world.switches.find((one) => one.name === node.leaf);
}

/** The HCA behind a port of a leaf; undefined where nothing is connected. */
export function hcaBehind(
  world: World,
  leaf: WorldSwitch,
  port: number,
): { readonly node: WorldNode; readonly hca: WorldHca } | undefined {
  const node = world.nodes[leaf.nodes[Math.floor((port - 1) / 4)] ?? -1];
  const hca = node?.hcas[(port - 1) % 4];
  return node === undefined || hca === undefined || port > leafDownPorts ? undefined : { node, hca };
}

/** A cable between a leaf and a spine. */
export interface Uplink {
  readonly leaf: WorldSwitch;
  readonly leafPort: number;
  readonly spine: WorldSwitch;
  readonly spinePort: number;
}

/** All cables between leaves and spines, the leaves' ports in order; the spines take turns. */
export function uplinksOf(world: World): readonly Uplink[] {
  const leaves = world.switches.filter((one) => one.kind === 'leaf');
  const spines = world.switches.filter((one) => one.kind === 'spine');
  return leaves.flatMap((leaf, at) =>
    Array.from({ length: leafUplinks }, (_, number) => number).flatMap((number): readonly Uplink[] => {
      const turn = at * leafUplinks + number;
      const spine = spines[turn % spines.length];
      if (spine === undefined) return [];
      return [{ leaf, leafPort: leafDownPorts + 1 + number, spine, spinePort: 1 + Math.floor(turn / spines.length) }];
    }),
  );
}

import type { World, WorldNode } from './world.ts';

/** The management host in the place of a node, for what is the same for all machines. It belongs to no job. */
export function managementHost(world: World): WorldNode {
  const { name, address } = world.management;
  return {
    index: world.nodes.length,
    name,
    leaf: 'leaf-mgmt',
    rack: 'rack-mgmt',
    powerUnit: 'pdu-mgmt',
    bmc: `bmc-${name}`,
    managementIp: address,
    bootMs: world.historyFromMs - upMs,
    gpus: [],
    hcas: [],
  };
}

const upMs = 97 * 24 * 3_600_000;

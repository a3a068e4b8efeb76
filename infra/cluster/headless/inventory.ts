import { buildInventory } from '../inventory.ts';
import { hexDigits } from '../noise.ts';
import type { Simulator } from '../state/simulator.ts';
import { logShipping } from './logs.ts';

/** Addresses and keys have the right form, and nobody answers there. */
export function inventoryOf(simulator: Simulator): object {
  const { world } = simulator;
  const names = [...world.nodes.map(({ name }) => name), world.management.name];
  return buildInventory({
    simulator,
    config: { logWindowMs: logShipping.windowMs, shippingLagMs: logShipping.lagMs },
    addresses: new Map(names.map((name, at) => [name, { host: '127.0.0.1', port: 20_000 + at }])),
    hostKeys: { trusted: (name) => unusedKey(world.seed, name) },
    bucket: 'none',
    httpUrl: 'http://127.0.0.1:9',
  });
}

/** The wire form of an ed25519 key: two lengths, the name of the algorithm, 32 bytes. */
function unusedKey(seed: number, name: string): string {
  const wire = `0000000b${Buffer.from('ssh-ed25519').toString('hex')}00000020${hexDigits(64, seed, 'unused-key', name)}`;
  return `ssh-ed25519 ${Buffer.from(wire, 'hex').toString('base64')}`;
}

import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClusterConfig } from '../config.ts';
import { readJson, writeJson } from '../state/files.ts';
import type { World } from '../world.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const addressesSchema = z.record(z.string(), z.strictObject({ host: z.string(), port: z.int() }));
const attemptsMax = 20;

/**
 * An address for every node and the management host: the ones of the last start if they are still free, otherwise new ones. With
 * `loopback` each node has its own 127.x.y.z and all share a port, as nodes of a real cluster do.
 */
export async function chooseAddresses(world: World, config: ClusterConfig): Promise<ReadonlyMap<string, Address>> {
  const path = join(config.stateDir, 'addresses.json');
  const names = [...world.nodes, world.management].map((machine) => machine.name);
  const kept = new Map(Object.entries(readJson(path, addressesSchema) ?? {}));
  if (names.every((name) => kept.has(name)) && (await allFree([...kept.values()]))) return kept;
  const loopback = config.addressing === 'loopback' || (config.addressing === 'auto' && (await usable('127.77.0.1')));
  const chosen = loopback ? await onePort(names) : await manyPorts(names);
  writeJson(path, Object.fromEntries(chosen));
  return chosen;
}

async function onePort(names: readonly string[]): Promise<ReadonlyMap<string, Address>> {
  const hosts = names.map((_, index) => `127.77.${Math.floor(index / 250)}.${(index % 250) + 1}`);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = await freePort(hosts[0] ?? '127.0.0.1');
    const addresses = hosts.map((host) => ({ host, port }));
    if (await allFree(addresses)) return new Map(names.map((name, at) => [name, addresses[at] ?? { host: '', port }]));
  }
  throw new Error(`no port is free on all of 127.77.0.1 and following; set "addressing" to "ports"`);
}

async function manyPorts(names: readonly string[]): Promise<ReadonlyMap<string, Address>> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < names.length && attempt < names.length * attemptsMax; attempt += 1)
    ports.add(await freePort('127.0.0.1'));
  const list = [...ports];
  if (list.length < names.length) throw new Error(`only ${list.length} of ${names.length} ports are free on 127.0.0.1`);
  return new Map(names.map((name, at) => [name, { host: '127.0.0.1', port: list[at] ?? 0 }]));
}

async function allFree(addresses: readonly Address[]): Promise<boolean> {
  const free = await Promise.all(addresses.map(async ({ host, port }) => (await bind(host, port)) !== null));
  return free.every(Boolean);
}

async function usable(host: string): Promise<boolean> {
  return (await bind(host, 0)) !== null;
}

async function freePort(host: string): Promise<number> {
  const port = await bind(host, 0);
  if (port === null) throw new Error(`cannot listen on ${host}`);
  return port;
}

/** Binds for a moment; the port that it got, or null. */
function bind(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(got));
    });
  });
}

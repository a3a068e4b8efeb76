import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';

/** The loopback ports of one state folder; a later start prefers the ones of the last. */
export interface Ports {
  /** The requested port, or the remembered one, or the preferred one, or the next that is free. */
  choose(name: string, preferred: number, requested?: number): Promise<number>;
  /** Keeps what was chosen for the next start. */
  remember(): void;
}

/** A port that was asked for by number is not free. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/** In the state folder from the first start on whose servers answered. */
export const portsFile = 'ports.json';

export function openPorts(stateDir: string): Ports {
  const file = path.join(stateDir, portsFile);
  const remembered = readRemembered(file);
  const chosen = new Map<string, number>();
  return {
    async choose(name, preferred, requested) {
      const port =
        requested === undefined ? await firstFree(preferred, remembered[name], chosen) : await demand(name, requested);
      chosen.set(name, port);
      return port;
    },
    remember() {
      writePrivateFile(file, `${JSON.stringify({ ...remembered, ...Object.fromEntries(chosen) }, null, 2)}\n`);
    },
  };
}

const loopback = '127.0.0.1';
const triedPortsMax = 100;

const rememberedSchema = z.record(z.string(), z.int().min(1).max(65535));

function readRemembered(file: string): Readonly<Record<string, number>> {
  try {
    return rememberedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {}; // a first start, or a file that somebody spoilt: the preferred ports do
  }
}

async function demand(name: string, port: number): Promise<number> {
  if (await isFree(port)) return port;
  throw new PortInUseError(
    `Port ${port} on ${loopback}, asked for by ${name}, is in use by another program. Stop that program, ask for another port, or leave the choice open.`,
  );
}

async function firstFree(
  preferred: number,
  remembered: number | undefined,
  chosen: ReadonlyMap<string, number>,
): Promise<number> {
  const taken = new Set(chosen.values());
  const candidates = [
    ...(remembered === undefined ? [] : [remembered]),
    ...Array.from({ length: triedPortsMax }, (_, offset) => preferred + offset),
  ];
  for (const port of candidates) if (!taken.has(port) && (await isFree(port))) return port;
  throw new PortInUseError(
    `None of the ports ${preferred} to ${preferred + triedPortsMax - 1} on ${loopback} is free.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

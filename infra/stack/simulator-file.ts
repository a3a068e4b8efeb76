import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';
import { processIdentity } from './process-identity.ts';

const schema = z.object({
  version: z.literal(1),
  /** The process in which the simulated cluster runs; the file means nothing once it has ended. */
  pid: z.int().positive(),
  identity: z.string(),
  inventoryPath: z.string(),
});

/** The inventory of a simulated cluster that runs alone on a state folder (`wardround cluster up`), or null. */
export function readSimulatorFile(stateDir: string): string | null {
  const parsed = schema.safeParse(readJson(fileIn(stateDir)));
  return parsed.success && processIdentity(parsed.data.pid) === parsed.data.identity ? parsed.data.inventoryPath : null;
}

export function writeSimulatorFile(stateDir: string, inventoryPath: string): void {
  const identity = processIdentity(process.pid) ?? 'unknown';
  writePrivateFile(
    fileIn(stateDir),
    `${JSON.stringify({ version: 1, pid: process.pid, identity, inventoryPath } satisfies z.infer<typeof schema>)}\n`,
  );
}

export function removeSimulatorFile(stateDir: string): void {
  rmSync(fileIn(stateDir), { force: true });
}

function fileIn(stateDir: string): string {
  return path.join(stateDir, 'simulator.json');
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // missing, or half of one: the same as none
  }
}

import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { processIdentity } from './process-identity.ts';
import { writePrivateFile } from './private-file.ts';

const stackFileSchema = z.object({
  version: z.literal(1),
  /** The process that keeps the stack up; the file means nothing once it has ended. */
  pid: z.int().positive(),
  identity: z.string(),
  startedAt: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string() }),
  chromaUrl: z.string(),
  s3: z.object({ endpoint: z.string(), region: z.string(), evidenceBucket: z.string(), logsBucket: z.string() }),
  inventoryPath: z.string().nullable(),
  api: z.object({ url: z.string(), token: z.string() }).nullable(),
  /** The public half of the key that signs archives (PEM). Files of older versions have none. */
  archivePublicKeyFile: z.string().optional(),
});

/** Where a running embedded stack can be reached, for the other commands of the same clone. */
export type StackFile = z.infer<typeof stackFileSchema>;

/** `null` when no stack runs on this state folder. */
export function readStackFile(stateDir: string): StackFile | null {
  const parsed = stackFileSchema.safeParse(readJson(stackFilePath(stateDir)));
  return parsed.success && processIdentity(parsed.data.pid) === parsed.data.identity ? parsed.data : null;
}

/** Readable for the user alone: it holds the API token. */
export function writeStackFile(
  stateDir: string,
  content: Omit<StackFile, 'version' | 'pid' | 'identity' | 'startedAt'>,
): void {
  const identity = processIdentity(process.pid) ?? 'unknown';
  const file: StackFile = { version: 1, pid: process.pid, identity, startedAt: new Date().toISOString(), ...content };
  writePrivateFile(stackFilePath(stateDir), `${JSON.stringify(file, null, 2)}\n`);
}

export function removeStackFile(stateDir: string): void {
  rmSync(stackFilePath(stateDir), { force: true });
}

function stackFilePath(stateDir: string): string {
  return path.join(stateDir, 'stack.json');
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // missing, or being replaced by an older version: the same as no stack
  }
}

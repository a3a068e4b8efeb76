import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { z } from 'zod';

/** Replaces a small JSON file so that a crash leaves the old one or the new one. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  writeFileSync(file, `${JSON.stringify(value, null, 1)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
}

/** Undefined when there is no such file. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(`${path} is not what this program wrote there; move it away`, { cause });
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { jsonDigest } from '../json-evidence.ts';
import { sha256Of } from './sha256.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const folders = ['activities', 'kb', 'workflows'] as const;
// Adapters move bytes, and the audit judges results; neither makes one.
const leftOut = ['activities/adapters', 'activities/audit'];

/**
 * SHA-256 over the sources that decide results, with the versions of the packages that they use. The same digest says
 * that a result which comes out otherwise was changed, and not the code.
 */
export function codeDigest(): string {
  const files = folders.flatMap((folder) => sourcesIn(folder)).toSorted();
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: unknown;
  }; // our own file
  return jsonDigest({
    dependencies,
    files: files.map((file) => [file, sha256Of(readFileSync(path.join(root, file)))]),
  });
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }; // our own file
  return version;
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !leftOut.some((prefix) => file.startsWith(`${prefix}/`)));
}

import { glob, open, opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LogPlace, SeenLog } from '../follow/place.ts';
import { localFilesMax } from './local-logs.ts';

/** A file, a folder or a pattern whose files grow, are rotated, come and go. Nothing is kept open between reads. */
export function followedFiles(given: string): LogPlace {
  return {
    name: given,
    isLocal: true,

    async look() {
      const problems = new Map<string, string>();
      const paths = await pathsUnder(given, problems);
      const logs = new Map<string, SeenLog>();
      for (let at = 0; at < paths.length; at += statsAtOnce)
        for (const one of await Promise.all(paths.slice(at, at + statsAtOnce).map((file) => seenFile(file, problems))))
          // The same file under two names (links, as Kubernetes lays them out) is one log.
          if (one !== null && !logs.has(one.identity)) logs.set(one.identity, one);
      return { logs: [...logs.values()], problems };
    },

    async read(log, from, into) {
      const handle = await open(log.name, 'r').catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      });
      if (handle === null) return null;
      try {
        const found = await handle.stat({ bigint: true });
        if (identityOf(found) !== log.identity) return null;
        const { bytesRead } = await handle.read(into, 0, into.length, from);
        return into.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },

    async find(identity, name) {
      const folder = path.dirname(name);
      const names: string[] = [];
      const entries = await opendir(folder).catch(() => null);
      if (entries === null) return null;
      for await (const entry of entries) {
        if (names.length >= neighboursMax) break;
        if (!entry.isDirectory()) names.push(path.join(folder, entry.name));
      }
      for (const one of names) {
        const seen = await seenFile(one, new Map());
        if (seen?.identity === identity) return seen;
      }
      return null;
    },
  };
}

const statsAtOnce = 64;
/** A folder in which a rotated file is looked for. */
const neighboursMax = 2_000;
const folderDepthMax = 16;

async function pathsUnder(given: string, problems: Map<string, string>): Promise<readonly string[]> {
  const found = await stat(given).catch((error: unknown) => error);
  const paths: string[] = [];
  if (found instanceof Error) {
    if (!isMissing(found)) problems.set(given, reasonOf(found));
    else if (!/[*?[{]/.test(given)) problems.set(given, 'there is no such file or folder yet; it is waited for');
    else await collectMatching(given, paths, problems);
  } else if ((found as Awaited<ReturnType<typeof stat>>).isDirectory()) {
    // `stat` answers what it found, or an error, which was ruled out above
    await collect(given, folderDepthMax, paths, problems);
  } else paths.push(given);
  return paths.toSorted();
}

async function collectMatching(pattern: string, into: string[], problems: Map<string, string>): Promise<void> {
  for await (const match of glob(pattern)) {
    const found = await stat(match).catch(() => null);
    if (found?.isDirectory() === true) await collect(match, folderDepthMax, into, problems);
    else if (found !== null) add(match, into, problems);
  }
}

/** Links to folders are not followed; hidden files (editors', shippers' positions) are not logs. */
async function collect(
  folder: string,
  depthLeft: number,
  into: string[],
  problems: Map<string, string>,
): Promise<void> {
  const entries = await opendir(folder).catch((error: unknown) => {
    if (!isMissing(error)) problems.set(folder, reasonOf(error));
    return null;
  });
  if (entries === null) return;
  for await (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const full = path.join(folder, entry.name);
    if (!entry.isDirectory()) add(full, into, problems);
    else if (depthLeft > 0) await collect(full, depthLeft - 1, into, problems);
    else problems.set(full, `folders deeper than ${folderDepthMax} are not followed`);
  }
}

function add(file: string, into: string[], problems: Map<string, string>): void {
  if (into.length < localFilesMax) into.push(file);
  else problems.set(path.dirname(file), `more than ${localFilesMax} files; those beyond are not followed`);
}

async function seenFile(file: string, problems: Map<string, string>): Promise<SeenLog | null> {
  try {
    const found = await stat(file, { bigint: true });
    if (!found.isFile()) return null;
    return {
      name: file,
      identity: identityOf(found),
      version: `${found.mtimeNs}:${found.size}`,
      bytes: Number(found.size),
      modifiedMs: Number(found.mtimeMs),
    };
  } catch (error) {
    if (!isMissing(error)) problems.set(file, reasonOf(error));
    return null;
  }
}

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

/** In words, for a file that is there and can not be read. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') return 'you may not read it; it is tried again';
  return `it can not be read (${code === '' ? String(error) : code}); it is tried again`;
}

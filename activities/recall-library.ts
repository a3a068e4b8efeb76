import { openLibrary, type Library } from '../kb/retrieval/library.ts';
import type { Recallable } from '../kb/retrieval/recallable.ts';
import { jsonDigest } from './json-evidence.ts';

/** The library at one moment, and a digest that names its content. */
export interface OpenedLibrary {
  readonly library: Library;
  readonly recallables: readonly Recallable[];
  readonly digest: string;
}

/** Opens what can be recalled, and opens it anew only when it has changed. */
export function recallLibrary(
  read: (signal: AbortSignal | undefined) => Promise<readonly Recallable[]>,
): (signal?: AbortSignal) => Promise<OpenedLibrary> {
  let last: OpenedLibrary | undefined;
  let lastRead: readonly Recallable[] | undefined;
  return async (signal) => {
    const recallables = await read(signal);
    // Readers answer the same list while nothing has changed.
    if (last !== undefined && recallables === lastRead) return last;
    const digest = jsonDigest(recallables);
    if (last?.digest !== digest) last = { library: openLibrary(recallables), recallables, digest };
    lastRead = recallables;
    return last;
  };
}

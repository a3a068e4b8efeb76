import path from 'node:path';

/** Absolute path of a file of this package. */
export function repositoryFile(relative: string): string {
  return path.resolve(import.meta.dirname, '..', relative);
}

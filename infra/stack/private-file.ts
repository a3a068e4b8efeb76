import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that only its owner can read, whole or not at all, whenever the process or the machine ends. */
export function writePrivateFile(file: string, content: string): void {
  const unfinished = `${file}.${process.pid}.new`;
  writeFileSync(unfinished, content, { mode: 0o600, flush: true });
  renameSync(unfinished, file);
}

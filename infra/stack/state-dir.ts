import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { takeLock, type UpLock } from './up-lock.ts';

/** The folder in which one embedded stack keeps everything; held by one process at a time. */
export interface StateDir {
  readonly dir: string;
  readonly logsDir: string;
  readonly secretsDir: string;
  readonly lock: UpLock;
  /** A folder of its own for one server's data, made if missing. */
  readonly dataDir: (name: string) => string;
  /** Gives the folder back; the next start takes it without a word. */
  readonly close: () => void;
}

/** The folder can not be made or written. */
export class StateDirError extends Error {
  override readonly name = 'StateDirError';
}

/**
 * Makes the folder if needed and takes its lock. A lock left behind by a process that has ended is taken over, and
 * what that process left running is ended first, with a word to `onNotice`; a live one is an `UpLockError`.
 */
export async function openStateDir(dir: string, onNotice: (message: string) => void = () => {}): Promise<StateDir> {
  const root = path.resolve(dir);
  const logsDir = path.join(root, 'logs');
  const secretsDir = path.join(root, 'secrets');
  try {
    for (const folder of [root, logsDir, secretsDir]) privateFolder(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StateDirError(`The state folder ${root} can not be used: ${why}`, { cause });
  }
  const lock = await takeLock(path.join(root, 'up.lock'), onNotice);
  return {
    dir: root,
    logsDir,
    secretsDir,
    lock,
    dataDir(name) {
      const folder = path.join(root, name);
      privateFolder(folder);
      return folder;
    },
    close() {
      lock.release();
    },
  };
}

function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700); // a folder from before, or a loose umask, does not open it to others
}

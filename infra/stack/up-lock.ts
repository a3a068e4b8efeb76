import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { writePrivateFile } from './private-file.ts';
import { processIdentity } from './process-identity.ts';

/** The right to run the stack of one state folder. */
export interface UpLock {
  /** Notes the process groups that a successor has to end if this process cannot do it any more. */
  record(children: readonly { readonly name: string; readonly pid: number }[]): void;
  release(): void;
}

/** Another live process holds the folder. */
export class UpLockError extends Error {
  override readonly name = 'UpLockError';
}

/** Creates the lock file, or takes over one whose process has ended. */
export async function takeLock(file: string, onNotice: (message: string) => void): Promise<UpLock> {
  for (let attempt = 0; attempt < takeAttemptsMax; attempt += 1) {
    if (createLock(file, [])) return heldLock(file);
    const text = readText(file);
    if (text === null) continue; // released between the two looks
    const held = parseLock(text);
    if (held !== null && processIdentity(held.pid) === held.identity)
      throw new UpLockError(
        `Another wardround up (process ${held.pid}, since ${held.startedAt}) runs on this state folder.\n` +
          `It stops with Ctrl-C in its terminal or \`kill ${held.pid}\`.\n` +
          `Lock: ${file}`,
      );
    const leftovers = held?.children ?? [];
    if (!removeStale(file, text) || !createLock(file, leftovers)) continue;
    onNotice(
      held === null
        ? `Took over an unreadable lock (${file}).`
        : `Took over the lock of process ${held.pid} (since ${held.startedAt}), which has ended without stopping its servers.`,
    );
    await endLeftovers(leftovers, onNotice);
    return heldLock(file);
  }
  throw new UpLockError(`${file}: other processes keep taking the lock; try again.`);
}

const takeAttemptsMax = 5;
const leftoverMsMax = 10_000;
const pollMs = 50;

const lockSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.string(),
  identity: z.string(),
  children: z.array(z.object({ name: z.string(), pid: z.int().positive(), identity: z.string() })),
});

type LockChildren = z.infer<typeof lockSchema>['children'];

/** Appears with its content or not at all, so that nobody reads half a lock and takes it for a broken one. */
function createLock(file: string, children: LockChildren): boolean {
  const unfinished = `${file}.${process.pid}.new`;
  writeFileSync(unfinished, lockText(children), { mode: 0o600 });
  try {
    linkSync(unfinished, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function heldLock(file: string): UpLock {
  let released = false;
  return {
    record(children) {
      if (released) return;
      writePrivateFile(
        file,
        lockText(
          children.flatMap(({ name, pid }) => {
            const identity = processIdentity(pid);
            return identity === null ? [] : [{ name, pid, identity }];
          }),
        ),
      );
    },
    release() {
      released = true;
      rmSync(file, { force: true });
    },
  };
}

const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();

function lockText(children: LockChildren): string {
  const lock = { pid: process.pid, startedAt, identity: processIdentity(process.pid) ?? 'unknown', children };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function parseLock(text: string): z.infer<typeof lockSchema> | null {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Two processes may find the same stale lock: what is moved away must be that one, not the other's new lock. */
function removeStale(file: string, staleText: string): boolean {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return false;
  }
  const isStale = readText(aside) === staleText;
  if (!isStale) putBack(aside, file);
  rmSync(aside, { force: true });
  return isStale;
}

function putBack(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch {
    // A third process has created the lock meanwhile: it holds it.
  }
}

/** Ends what the lock's former owner left running; its ports and database files are needed. */
async function endLeftovers(children: LockChildren, onNotice: (message: string) => void): Promise<void> {
  const living = () => children.filter(({ pid, identity }) => processIdentity(pid) === identity);
  const found = living();
  if (found.length === 0) return;
  onNotice(`Ending what it left running: ${found.map(({ name, pid }) => `${name} (${pid})`).join(', ')}.`);
  for (const { pid } of found) signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + leftoverMsMax;
  while (living().length > 0 && Date.now() < deadline) await delay(pollMs);
  for (const { pid } of living()) signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Ended meanwhile.
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

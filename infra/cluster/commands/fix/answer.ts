import { complained, type CommandResult } from '../command.ts';

// Exit codes of infra/gate/wardround-fix.sh.
const notUnderstood = 64;
const missing = 69;
const refusedCode = 77;

/** Nothing was changed. */
export function refused(reason: string): CommandResult {
  return complained(`wardround-fix: refused: ${reason}\n`, refusedCode);
}

export function notValid(reason: string): CommandResult {
  return complained(`wardround-fix: ${reason}\n`, notUnderstood);
}

/** Who is not root does not get as far as the lock. */
export const noLock = complained('wardround-fix: the lock in /run/wardround cannot be written\n', missing);

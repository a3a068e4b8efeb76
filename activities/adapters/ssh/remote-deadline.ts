import type { Executed } from './exec.ts';

// Between the signals TERM and KILL. The allow-list of a node knows this form and no other.
const killAfterSeconds = 2;

/**
 * Closing a channel ends no remote command for certain, so its deadline goes with it: `timeout` of coreutils or busybox
 * ends it there.
 */
export function withDeadline(argv: readonly string[], timeoutMs: number): readonly string[] {
  return ['timeout', '-k', String(killAfterSeconds), String(Math.ceil(timeoutMs / 1_000)), ...argv];
}

/** Did `timeout` end it? 124 and 137 may also be the command's own; then it ended earlier. */
export function endedByDeadline({ exitCode }: Executed, elapsedMs: number, timeoutMs: number): boolean {
  return (exitCode === 124 || exitCode === 137 || exitCode === null) && elapsedMs >= timeoutMs;
}

// bash: line 1: timeout: command not found · sh: 1: timeout: not found · timeout: applet not found (busybox)
// zsh:1: command not found: timeout · not: timeout: failed to run command 'nvme': No such file or directory
const withoutTimeout = /\btimeout: (?:command |applet )?not found|command not found: timeout\b/;

/** Is it the `timeout` that this host does not take? A node's list may be older than this, or the tool is missing. */
export function refusesDeadlines({ exitCode, stderr, stdout }: Executed): boolean {
  if (stdout !== '') return false;
  return (
    (exitCode === 126 && stderr.startsWith('wardround-probe: refused')) ||
    (exitCode === 127 && withoutTimeout.test(stderr))
  );
}

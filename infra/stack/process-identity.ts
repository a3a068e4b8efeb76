import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Tells a process from a later one with the same id: its start time, and on Linux the boot as well. `null` when
 * no such process runs.
 */
export function processIdentity(pid: number): string | null {
  if (!isRunning(pid)) return null;
  if (process.platform === 'linux') return linuxIdentity(pid);
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: psMsMax });
  return ps.status === 0 ? ps.stdout.trim() : 'running';
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process: it does run.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

const psMsMax = 2_000;

function linuxIdentity(pid: number): string | null {
  try {
    // The command name, in parentheses, may hold spaces and parentheses itself; the fields after it do not.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]]; // fields 3 and 22 of proc_pid_stat(5)
    if (state === 'Z' || startTicks === undefined) return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${startTicks}`;
  } catch {
    return null;
  }
}

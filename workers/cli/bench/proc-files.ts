import { readFileSync } from 'node:fs';

/** A file of /proc; `null` where its process has ended, belongs to somebody else, or this is no Linux. */
export function readProc(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * The fields of /proc/PID/stat from the third (the state) on. The command's name, in parentheses, may hold spaces and
 * parentheses itself; the fields behind it do not.
 */
export function statFields(pid: number | string): readonly string[] | null {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

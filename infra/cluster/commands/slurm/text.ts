import { plainTime } from '../../clock.ts';

/** One record of `scontrol show`: the lines of the long form, or all of it in one line with `-o`. */
export function record(lines: readonly string[], oneLine: boolean): string {
  return oneLine ? `${lines.map((line) => line.trim()).join(' ')} \n` : `${lines.join('\n   ')}\n\n`;
}

/** `2026-11-21T03:12:59`. */
export function slurmTime(ms: number): string {
  return plainTime(ms).replace(' ', 'T');
}

/** `1-02:03:04`, without days below one. */
export function slurmDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor((seconds % 86_400) / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  return `${days > 0 ? `${days}-` : ''}${clock.map(two).join(':')}`;
}

/** `node-[01-03,05]`: names that differ in their last digits only, in order. */
export function hostList(names: readonly string[]): string {
  if (names.length === 0) return '(null)';
  const [first = ''] = names;
  if (names.length === 1) return first;
  const prefix = first.replace(/[0-9]+$/, '');
  const numbers = names.map((name) => name.slice(prefix.length)).toSorted();
  const runs: string[][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && Number(run.at(-1)) + 1 === Number(number)) run.push(number);
    else runs.push([number]);
  }
  const parts = runs.map((run) => (run.length === 1 ? run[0] : `${run[0]}-${run.at(-1)}`));
  return `${prefix}[${parts.join(',')}]`;
}

/** Mebibytes with the largest unit that divides them, as `scontrol show job` prints memory. */
export function slurmMemory(mib: number): string {
  if (mib === 0) return '0';
  return mib % 1024 === 0 ? `${mib / 1024}G` : `${mib}M`;
}

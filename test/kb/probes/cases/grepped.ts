import type { ProbeOutput } from '../../../../kb/schemas/probe.ts';
import { printed } from '../probe-case.ts';

/** The line of /proc/version with which every node answers. */
export const kernel =
  'Linux version 5.15.0-113-generic (buildd@lcy02-amd64-072) (gcc 11.4.0) #123-Ubuntu SMP Mon Jun 10 08:16:17 UTC 2024';

/**
 * What GNU grep 3.8 prints for `grep -H`, with `-r`, `-i`, `-v` and plain words behind `-e`, on a node with these files and no
 * others: the lines that it takes, in the order of the arguments.
 */
export function grepped(argv: readonly string[], files: Readonly<Record<string, string>>): ProbeOutput {
  const options = argv[1] ?? '';
  const spelt = (text: string) => (options.includes('i') ? text.toLowerCase() : text);
  const words = argv.flatMap((word, at) => (argv[at - 1] === '-e' ? [spelt(word)] : []));
  const takes = (line: string) => words.some((word) => spelt(line).includes(word)) !== options.includes('v');
  const places = argv.filter((one) => one.startsWith('/'));
  const all: Readonly<Record<string, string>> = { ...files, '/proc/version': `${kernel}\n` };
  const there = (place: string) => Object.keys(all).filter((path) => path === place || path.startsWith(`${place}/`));
  const lines = (path: string) => (all[path] ?? '').replace(/\n$/, '').split('\n').filter(takes);
  const stdout = places.flatMap(there).flatMap((path) => lines(path).map((line) => `${path}:${line}\n`));
  const missing = places.filter((place) => there(place).length === 0);
  const stderr = missing.map((place) => `grep: ${place}: No such file or directory\n`).join('');
  return printed(stdout.join(''), missing.length === 0 ? 0 : 2, stderr);
}

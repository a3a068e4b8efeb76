import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { pathValues, type PathValue } from './path-values.ts';

/** Lines of several files, and which of them the node does not have. */
export interface ReadFiles {
  readonly lines: readonly PathValue[];
  readonly absent: readonly string[];
  linesOf(path: string): readonly PathValue[];
}

/**
 * `grep -H … FILE… LAST`: what was asked for of each file. A line of the last one, which every node has, shows that all
 * before it was read to its end; a file that is there and could not be read makes the whole unreadable.
 */
export function filesBefore(output: ProbeOutput, last: string): ReadFiles {
  const lines = pathValues(output);
  if (lines.at(-1)?.path !== last) throw new ProbeParseError(`cut before ${last}`);
  const closed = /^grep: ([^\s:]+): (?!No such file or directory$)(.{1,80})$/m.exec(output.stderr);
  if (closed !== null) throw new ProbeParseError(`${closed[1] ?? ''} could not be read: "${closed[2] ?? ''}"`);
  const absent = [...output.stderr.matchAll(/^grep: ([^\s:]+): No such file or directory$/gm)].map(
    ([, path]) => path ?? '',
  );
  const read = lines.slice(0, -1);
  return { lines: read, absent, linesOf: (path) => read.filter((one) => one.path === path) };
}

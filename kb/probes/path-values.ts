import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

export interface PathValue {
  readonly path: string;
  readonly value: string;
  readonly line: number;
}

/**
 * `grep -H . FILE…`: `path:value` lines. Files that are not there are left out, as the kernel of a node may not have
 * them; `[]` when there are none at all. grep exits with 1 where nothing matched and with 2 where a file could not be read.
 */
export function pathValues(output: ProbeOutput): readonly PathValue[] {
  requireTool(output, 'grep');
  const lines = numberedLines(output);
  const absent = /: No such file or directory$/m.test(output.stderr);
  if (lines.length === 0 && output.exitCode !== 1 && !(output.exitCode === 2 && absent))
    throw new ProbeParseError(
      `grep ended with ${output.exitCode ?? 'no exit code'} and said "${output.stderr.trim().slice(0, 120)}"`,
    );
  return lines.map(({ text, line }) => {
    const match = /^(\/[^\s:]+):(.*)$/.exec(text);
    if (match === null) throw new ProbeParseError(`line ${line}: not "path:value"`);
    return { path: match[1] ?? '', value: (match[2] ?? '').trim(), line };
  });
}

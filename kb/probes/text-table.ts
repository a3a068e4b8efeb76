import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';

export interface NumberedLine {
  readonly text: string;
  readonly line: number;
}

/** Lines that are not blank, with their numbers. */
export function numberedLines(output: ProbeOutput): readonly NumberedLine[] {
  return output.stdout
    .split('\n')
    .map((text, index) => ({ text: text.trimEnd(), line: index + 1 }))
    .filter(({ text }) => text.trim() !== '');
}

/** The same, of a command that must have succeeded and printed something. */
export function requiredLines(output: ProbeOutput, tool: string): readonly NumberedLine[] {
  const lines = numberedLines(output);
  if (output.exitCode !== 0 || lines.length === 0) {
    const said = (output.stderr.trim() || output.stdout.trim()).slice(0, 120);
    throw new ProbeParseError(`${tool} ended with ${output.exitCode ?? 'no exit code'} and said "${said}"`);
  }
  return lines;
}

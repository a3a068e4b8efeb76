import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';

export interface NumberedLine {
  readonly text: string;
  readonly line: number;
}

/**
 * What the last character of an output must be: tools end their lines, so one without its end was cut, and half of a
 * number is a number all the same. A file that people write may lack the end of its last line.
 */
type End = 'line' | 'any';

// JSON tells by itself where it ends. A longer run of digits is no number of a tool, and none that a double holds.
const jsonPattern = /^\s*[{[]/;
const numberPattern = /\d{300}/;

/** Lines that are not blank, with their numbers. */
export function numberedLines(output: ProbeOutput, end: End = 'line'): readonly NumberedLine[] {
  const { stdout } = output;
  if (end === 'line' && stdout !== '' && !stdout.endsWith('\n') && !jsonPattern.test(stdout))
    throw new ProbeParseError('the last line has no end: the output was cut');
  if (numberPattern.test(stdout)) throw new ProbeParseError('a number of hundreds of digits');
  return stdout
    .split('\n')
    .map((text, index) => ({ text: text.trimEnd(), line: index + 1 }))
    .filter(({ text }) => text.trim() !== '');
}

/** The same, of a command that must have succeeded and printed something. */
export function requiredLines(output: ProbeOutput, tool: string, end: End = 'line'): readonly NumberedLine[] {
  requireTool(output, tool);
  const lines = numberedLines(output, end);
  if (output.exitCode !== 0 || lines.length === 0) {
    const said = (output.stderr.trim() || output.stdout.trim()).slice(0, 120);
    throw new ProbeParseError(`${tool} ended with ${output.exitCode ?? 'no exit code'} and said "${said}"`);
  }
  return lines;
}

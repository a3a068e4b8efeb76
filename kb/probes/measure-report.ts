import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool, ToolMissingError } from './missing-tool.ts';
import { numberedLines, type NumberedLine } from './text-table.ts';

/** What infra/gate/wardround-measure.sh printed: the tool's own lines between a head and an end. */
export type MeasureReport =
  | { readonly state: 'busy'; readonly why: string }
  | {
      readonly state: 'ran';
      /** The words after the verb, such as the GPU's number. */
      readonly words: readonly string[];
      readonly exit: number;
      readonly seconds: number;
      readonly lines: readonly NumberedLine[];
    };

const busyExit = 75;
const missingExit = 69;
const headPattern = /^== measure ([a-z-]+)((?: [A-Za-z0-9_.:/-]+)*) tool=\S+ device=\S+$/;
const endPattern = /^== end exit=(\d{1,3}) seconds=(\d{1,4})$/;

/** Throws for output without its end: the rest of it may have been lost on the way. */
export function measureReport(output: ProbeOutput, verb: string): MeasureReport {
  const refused = /^wardround-measure: (busy|missing|invalid): (.{1,200})$/m.exec(output.stderr);
  if (refused !== null && output.exitCode === busyExit && refused[1] === 'busy')
    return { state: 'busy', why: refused[2] ?? '' };
  if (refused !== null && output.exitCode === missingExit && refused[1] === 'missing')
    throw new ToolMissingError(`wardround-measure says: ${refused[2] ?? ''}`);
  requireTool(output, 'wardround-measure');
  const [first, ...rest] = numberedLines(output);
  const head = headPattern.exec(first?.text ?? '');
  const end = endPattern.exec(rest.at(-1)?.text ?? '');
  if (head === null || head[1] !== verb)
    throw new ProbeParseError(
      `line 1: not the head of wardround-measure ${verb} (exit ${output.exitCode ?? 'unknown'})`,
    );
  if (end === null) throw new ProbeParseError('the measurement was cut off before its end');
  return {
    state: 'ran',
    words: (head[2] ?? '').trim().split(' ').filter(Boolean),
    exit: Number(end[1]),
    seconds: Number(end[2]),
    lines: rest.slice(0, -1),
  };
}

/** Words of a tool that gave no figure, for people: the line that complains, else the last one. */
export function complaintOf(lines: readonly NumberedLine[]): NumberedLine | undefined {
  return lines.find(({ text }) => /error|fail|unable|couldn't|not yet initialized/i.test(text)) ?? lines.at(-1);
}

import { findStamp } from './stamps.ts';

/** What stands before the words of a line: who wrote it (launcher's tag, host, program) and when. */
export interface LineHeader {
  /**
   * Equal for lines of one writer: the launcher's tag, host and program; empty if the line names none. Torch's traceback
   * (`[rank3]: …`) and its C++ log (`[rank3]:[W1121 …`) are two writers.
   */
  readonly writer: string;
  /** Where the launcher's tag ends, where time and kernel clock end, and where the words begin. */
  readonly tagEnd: number;
  readonly stampEnd: number;
  readonly bodyStart: number;
}

/** Splits off tag, time, host and program as torchrun, srun, Open MPI, Ray, syslog, journald and the kernel write them. */
export function readHeader(text: string): LineHeader {
  const head = text.length > headCharsMax ? text.slice(0, headCharsMax) : text;
  const tagEnd = endOf(tagPattern, head, 0);
  const tag = head.slice(0, tagEnd);
  const stampEnd = timeEnd(head, tagEnd);
  const program = mayNameProgram(head, tagEnd, stampEnd) ? matchAt(programPattern, head, stampEnd) : null;
  const afterProgram = program === null ? stampEnd : programPattern.lastIndex;
  const clockEnd = endOf(kernelClockPattern, head, afterProgram);
  const isKernelClock =
    stampEnd > tagEnd && head.charCodeAt(tagEnd) === openBracket && /^\[\s*\d+\.\d/.test(head.slice(tagEnd));
  const callerEnd = isKernelClock || clockEnd > afterProgram ? endOf(callerPattern, head, clockEnd) : clockEnd;
  return {
    writer: program === null ? tag : `${tag}${program[1] ?? ''}`,
    tagEnd,
    stampEnd,
    // One space separates header and words; more of them indent the words.
    bodyStart: callerEnd > tagEnd && head.charCodeAt(callerEnd) === space ? callerEnd + 1 : callerEnd,
  };
}

const headCharsMax = 320;
const openBracket = 91;
const space = 32;

/** The tags that launchers put before each line of a process. */
const tagPattern = new RegExp(
  [
    // [rank3]: … (torch)
    String.raw`\[rank ?\d{1,6}\]: ?`,
    // [default3]:… (torchrun --tee)
    String.raw`\[[a-z_]{1,32}\d{1,6}\]:`,
    // [1,3]<stderr>:… (Open MPI), [3]:… (older torchrun); alone on its line it is an item of a failure summary
    String.raw`\[[\w.@-]{0,80}?(?:\d{1,6},)?\d{1,6}\]<std(?:out|err)>: ?`,
    String.raw`\[\d{1,6}\]:(?=.)`,
    // 3: … (srun -l)
    String.raw`\s{0,5}\d{1,6}: `,
    // (RayTrainWorker pid=4242, ip=10.0.0.5) …
    String.raw`\((?:(?:[\w.:<>()-]{1,80} )?pid=\d{1,9}|raylet|gcs_server|autoscaler)(?:, ip=[\w.:]{1,45})?\) `,
    // [pod/trainer-0/trainer] … (kubectl logs --prefix)
    String.raw`\[pod/[^\]\s]{1,200}\] `,
    // trainer-1  | … (docker compose)
    String.raw`[\w.-]{1,63} {1,20}\| `,
    // node-07: … (pdsh)
    String.raw`[a-z][a-z0-9.-]{0,50}\d[a-z0-9.-]{0,12}: `,
  ]
    .map((part) => `(?:${part})`)
    .join('|'),
  'y',
);
// node-07 python[4242]: …, node-07 kernel: …
const programPattern =
  /\s?(?!(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b)([A-Za-z0-9][\w.-]{0,62} [\w./@()-]{1,64}(?:\[\d{1,8}\])?):/y;
const kernelClockPattern = /\s?\[\s{0,8}\d{1,9}\.\d{6}\]/y;
// [ T1234], [   C3]: task or CPU, with CONFIG_PRINTK_CALLER
const callerPattern = /\[\s{0,8}[TC]\d{1,8}\]/y;

/** Behind `2026-11-21 03:12:59` programs put their own fields; host and program follow a syslog or journal time. */
function mayNameProgram(head: string, tagEnd: number, stampEnd: number): boolean {
  return (
    stampEnd > tagEnd &&
    head.charCodeAt(tagEnd) !== openBracket &&
    !/^\d{4}[-/]\d{2}[-/]\d{2} /.test(head.slice(tagEnd, stampEnd))
  );
}

/** Only what begins right here, so that an indented line keeps its indentation. */
function timeEnd(head: string, at: number): number {
  const first = head.charCodeAt(at);
  const mayBeTime =
    first === openBracket || first === 60 || (first >= 48 && first <= 57) || (first >= 65 && first <= 90);
  if (!mayBeTime) return at;
  const stamp = findStamp(at === 0 ? head : head.slice(at));
  return stamp === null || stamp.start > stampBehindMax ? at : at + stamp.end;
}

// A bracket or a syslog priority may stand between.
const stampBehindMax = 8;

function endOf(pattern: RegExp, head: string, at: number): number {
  return matchAt(pattern, head, at) === null ? at : pattern.lastIndex;
}

function matchAt(pattern: RegExp, head: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(head);
}

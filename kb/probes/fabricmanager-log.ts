import { z } from 'zod';
import { fabricManager } from '../detectors/fabricmanager.ts';
import { compileMatchers, type Matchers } from '../logs/matchers.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { matchedLines, type TimedLine } from './matched-lines.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

const restarted: FindingKind = {
  id: 'fabricmanager.log.restarted',
  summary: 'the fabric manager was started several times within the lines that were read',
  role: 'context',
  weighs: { 'fabricmanager-not-running': 0.5, 'nvlink-fabric-error': 0.3 },
  source,
};
const absent: FindingKind = {
  id: 'fabricmanager.log.absent',
  summary: 'there is no log of the fabric manager, or nothing in it: a node without NVSwitch, or a log elsewhere',
  role: 'context',
  weighs: {},
  source,
};
const quiet: FindingKind = {
  id: 'fabricmanager.log.quiet',
  summary: 'the last lines of the fabric manager’s log hold no error that a detector knows',
  role: 'clean',
  weighs: { 'fabricmanager-not-running': -0.7, 'nvlink-fabric-error': -0.7 },
  source,
};
const kinds = [...fabricManager.kinds, restarted, absent, quiet];

const noArgs = z.object({});
const path = '/var/log/fabricmanager.log';
const linesMax = 200;

interface Reading {
  readonly lines: readonly TimedLine[];
}

// Once, and not before a node's log is there.
let compiled: Matchers | null = null;

/** The end of the fabric manager's own log, read by the detector of shipped logs. */
export const fabricmanagerLog: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'fabricmanager.log',
  platform: 'nvidia-linux',
  summary: 'the last lines of the fabric manager’s log',
  question: 'What does the fabric manager say of switches, links and its own start?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 30,
  timeoutMs: 10_000,
  outputBytesMax: 262_144,
  quotes: true,
  args: noArgs,
  argv: () => ['tail', '-n', String(linesMax), path],
  parse(output) {
    requireTool(output, 'tail');
    if (output.exitCode === 1 && output.stderr.includes('No such file or directory')) return { lines: [] };
    if (output.exitCode !== 0)
      throw new ProbeParseError(
        `tail ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
      );
    // The line that is being written has no end yet.
    const lines = numberedLines(output, 'any');
    if (lines.length > linesMax) throw new ProbeParseError(`${lines.length} lines; ${linesMax} were asked for`);
    return { lines: linesIn(lines) };
  },
  outcomes: kinds,
  meaning({ lines }) {
    if (lines.length === 0) return [{ kind: absent.id, text: `nothing in ${path}` }];
    const found = matchedLines(lines, (compiled ??= compileMatchers([fabricManager])));
    const started = lines.findLast(({ text }) => startedPattern.test(text))?.line ?? 0;
    const starts = lines.filter(({ text }) => startingPattern.test(text));
    const seen: ProbeFinding[] = found.filter(({ kind, line }) => !startKinds.includes(kind) || (line ?? 0) > started);
    if (starts.length > 1)
      seen.push({
        kind: restarted.id,
        text: `started ${starts.length} times in the last ${lines.length} lines`,
        line: starts.at(-1)?.line ?? 1,
        values: { starts: starts.length },
      });
    return orClean(seen, kinds, {
      kind: quiet.id,
      text: `${lines.length} lines${started === 0 ? '' : ', the fabric was configured'}, no error that is known`,
    });
  },
};

/** Failures to start; a later start that went well has overcome them. */
const startKinds: readonly string[] = [
  'fabricmanager.version-mismatch',
  'fabricmanager.config-invalid',
  'fabricmanager.topology-mismatch',
  'fabricmanager.nothing-to-do',
  'fabricmanager.nvswitch-query-failed',
  'fabricmanager.failed',
];
const startedPattern = /Successfully configured all the available GPUs and NVSwitches/i;
const startingPattern = /^Fabric Manager Log initializing at: |\] Fabric Manager version \S+ is running with/i;

// [Jul 09 2024 18:14:07] [ERROR] [tid 12727] detected NVSwitch non-fatal error 12028 on fid 0 …
const stampPattern = /^\[([A-Z][a-z]{2} {1,2}\d{1,2} \d{4} \d\d:\d\d:\d\d)\] \[[A-Z]{3,10}\] \[tid \d{1,10}\] ?/;
// Fabric Manager Log initializing at: 7/9/2024 18:10:01.123
const initPattern = /^Fabric Manager Log initializing at: (\d{1,2}\/\d{1,2}\/\d{4} \d\d:\d\d:\d\d)\.\d{3}$/;

/** Times carry no zone; servers that log for a fleet keep UTC. A message of several lines carries its time once. */
function linesIn(lines: ReturnType<typeof numberedLines>): readonly TimedLine[] {
  const found: TimedLine[] = [];
  let stamped = 0;
  for (const { text, line } of lines) {
    const stamp = stampPattern.exec(text)?.[1] ?? initPattern.exec(text)?.[1];
    const atMs = stamp === undefined ? found.at(-1)?.atMs : Date.parse(`${stamp} UTC`);
    if (stamp !== undefined) stamped++;
    if (atMs !== undefined && Number.isNaN(atMs)) throw new ProbeParseError(`line ${line}: not a time`);
    // The first lines may be the rest of a message whose head was not asked for.
    if (atMs !== undefined) found.push({ line, atMs, text });
  }
  if (lines.length > 0 && stamped === 0) throw new ProbeParseError('no line with the time of a fabric manager’s log');
  return found;
}

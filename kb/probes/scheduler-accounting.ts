import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { hostlistHas, isHostlist } from './hostlist.ts';
import { endedKinds } from './scheduler-jobs.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://slurm.schedmd.com/sacct.html#SECTION_JOB-STATE-CODES';

const repeatedly: FindingKind = {
  id: 'scheduler.accounting.fails-repeatedly',
  summary: 'several jobs in a row ended with an error on the node, and none has ended well there since',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1, 'user-code-error': 0.3, 'scheduler-action': -0.7 },
  source,
};
const none: FindingKind = {
  id: 'scheduler.accounting.none',
  summary: 'no job of the last two days ran on the node',
  role: 'context',
  weighs: {},
  source,
};
const well: FindingKind = {
  id: 'scheduler.accounting.well',
  summary: 'the latest job of the node runs or ended well',
  role: 'clean',
  weighs: { 'scheduler-action': -0.5, 'host-hardware-fault': -0.4 },
  source,
};
const kinds = [...new Set(Object.values(endedKinds)), repeatedly, none, well];

const args = z.object({ node: z.string().regex(namePattern) });

interface Job {
  readonly line: number;
  readonly jobId: string;
  /** One word: of `CANCELLED by 2001` the first. */
  readonly state: string;
  readonly exitCode: string;
  /** Local time of the controller as Slurm prints it, which sorts as text; `null` while unknown. */
  readonly start: string | null;
  readonly end: string | null;
  readonly nodeList: string;
}
interface Reading {
  readonly jobs: readonly Job[];
}

/** How jobs ended in the last two days: the controller itself forgets after minutes. */
export const schedulerAccounting: Probe<z.infer<typeof args>, Reading> = {
  id: 'scheduler.accounting',
  platform: 'nvidia-linux',
  summary: 'how the jobs of the last two days ended on the node',
  question: 'How did the last jobs on this node end, and do they fail here again and again?',
  aspect: 'stability',
  side: 'demand',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 1_000,
  timeoutMs: 30_000,
  outputBytesMax: 4 * 1024 * 1024,
  quotes: true,
  args,
  argv: () => [
    'sacct',
    '-P',
    '-X',
    '-n',
    '--format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList',
    '-S',
    'now-2days',
  ],
  allow: ['sacct -P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days'],
  parse(output) {
    requireTool(output, 'sacct');
    if (output.exitCode !== 0)
      throw new ProbeParseError(
        `sacct ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
      );
    return { jobs: numberedLines(output).map(({ text, line }) => jobIn(text, line)) };
  },
  outcomes: kinds,
  meaning({ jobs }, node, asked) {
    const name = asked?.node ?? node?.name;
    const here = jobs
      .filter(({ nodeList }) => isHostlist(nodeList) && (name === undefined || hostlistHas(nodeList, name)))
      .toSorted((a, b) => (a.start ?? '').localeCompare(b.start ?? ''));
    const last = here.at(-1);
    if (last === undefined) return [{ kind: none.id, text: `none of ${jobs.length} jobs ran on the node` }];
    const lastGood = here.findLastIndex(({ state }) => goodStates.has(state));
    const bad = here.slice(lastGood + 1).filter(({ state }) => state in endedKinds);
    if (bad.length === 0) return [{ kind: well.id, text: `job ${last.jobId}: ${last.state}`, line: last.line }];
    const shown: ProbeFinding[] = bad.slice(-jobsShownMax).map((job) => ({
      kind: endedKinds[job.state]?.id ?? none.id,
      text: `job ${job.jobId}: ${job.state}, exit code ${job.exitCode}`,
      line: job.line,
      values: { jobId: job.jobId, state: job.state, exitCode: job.exitCode },
    }));
    const failed = bad.filter(({ state }) => failedStates.has(state));
    if (failed.length >= repeatedMin)
      shown.push({
        kind: repeatedly.id,
        text: `${failed.length} jobs in a row ended with an error`,
        line: failed.at(-1)?.line ?? 1,
        values: { jobs: failed.length },
      });
    return shown;
  },
};

const jobsShownMax = 10;
const repeatedMin = 3;
const goodStates = new Set(['COMPLETED', 'RUNNING', 'COMPLETING']);
const failedStates = new Set(['FAILED', 'NODE_FAIL', 'BOOT_FAIL', 'OUT_OF_MEMORY']);

/** 4242|pretrain-70b|FAILED|1:0|0:0|2026-11-20T15:54:37|2026-11-20T17:54:42|node-[01-08]; a name may hold bars too. */
function jobIn(text: string, line: number): Job {
  const cells = text.split('|');
  const [nodeList = '', end = '', start = '', , exitCode = '', state = ''] = cells.slice(-6).toReversed();
  const jobId = cells[0] ?? '';
  if (
    cells.length < 8 ||
    !/^\d{1,10}(?:[_+][\w[\]%,-]{1,40})?$/.test(jobId) ||
    !/^[A-Z_]{3,20}(?: by \d{1,10}|\+)?$/.test(state) ||
    !/^\d{1,3}:\d{1,3}$/.test(exitCode)
  )
    throw new ProbeParseError(`line ${line}: not a job of sacct`);
  return {
    line,
    jobId,
    state: state.replace(/[ +].*$/, ''),
    exitCode,
    start: timeOf(start),
    end: timeOf(end),
    nodeList,
  };
}

function timeOf(text: string): string | null {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? text : null;
}

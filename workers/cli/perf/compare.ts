import { Command } from 'commander';
import { processContext, type CliContext } from '../context.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import { screenColumns } from './screen.ts';
import { withStackCalibration, type WithCalibration } from './calibration-store.ts';

interface Options {
  readonly json?: true;
  readonly site?: string;
  readonly cluster?: string;
  readonly job?: string;
  readonly last?: string;
}

/** `wardround perf compare …`: is it as fast as it should be. */
export function compareCommand(
  context: CliContext = processContext(),
  withCalibration: WithCalibration = withStackCalibration(context),
): Command {
  return new Command('compare')
    .description('hold measured speed against the predicted one: of runs in a file, or of a job that runs now')
    .argument('[file]', 'runs with what they measured: YAML, JSON or JSONL; - is standard input')
    .option('--json', 'print JSON: one object a run, or one for the job')
    .option('--site <file>', 'of a file: what your site measured about itself, as YAML or JSON')
    .option('--cluster <name>', 'of a job: its cluster; may be left out when there is only one')
    .option('--job <name>', 'of a job: its name in the inventory; may be left out when there is only one')
    .option('--last <time>', 'of a job: how far back metrics are read, in cluster time: 90s, 30m, 6h', '30m')
    .addHelpText('after', help)
    .action(async (file: string | undefined, options: Options) => {
      const code =
        file === undefined ? await ofJob(context, withCalibration, options) : await ofFile(context, file, options);
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

async function ofFile({ terminal }: CliContext, file: string, { json, site, cluster, job }: Options) {
  if (cluster !== undefined || job !== undefined)
    throw new CommandFailure(
      'a file has its own runs: --cluster and --job are for a job that runs now',
      `leave out either ${file} or these`,
      {
        exitCode: exitCodes.usage,
      },
    );
  const { compareRuns } = await import('./compare-runs.ts');
  const { openRuns } = await import('./read-runs.ts');
  const scale = site === undefined ? null : (await import('./site-file.ts')).readSiteFile(site);
  return compareRuns(terminal, openRuns(file), { json: json === true, site: scale, columnsWide: screenColumns() });
}

async function ofJob(context: CliContext, withCalibration: WithCalibration, options: Options) {
  if (options.site !== undefined)
    throw new CommandFailure('--site is for runs of a file', "a job is compared with its site's own calibration", {
      exitCode: exitCodes.usage,
    });
  const { compareJob, lastMsOf } = await import('./compare-job.ts');
  const { cluster, job, json, last = '30m' } = options;
  const lastMs = lastMsOf(last);
  return compareJob(context, withCalibration, { cluster, job, lastMs, json: json === true });
}

const help = `
Of a file, each run is held against its prediction alone: slow is what lies
above the upper bound, which one healthy run in twenty does too. Of a job,
metrics are read for all three yardsticks: the prediction, the job's own past,
and its ranks beside each other; what the job trains is read from the inventory
(jobs[].training).

Exit codes: 0 as fast as it should be, 1 slow or stopped, 2 wrong usage, or no
readable list of runs, 3 nothing to compare: not measured, paused for a
checkpoint, or a run was refused.

Examples:
  $ wardround perf compare runs.jsonl
  $ wardround perf compare --job pretrain --last 2h
  $ wardround perf compare --job pretrain --json | jq .components`;

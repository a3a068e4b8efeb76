import { Command, InvalidArgumentError } from 'commander';
import { pickCluster, type CliContext } from '../context.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import { pickInventory } from '../probe-run-command.ts';
import type { WithCalibration } from './calibration-store.ts';

interface Options {
  readonly runs?: string;
  readonly fromMetrics?: true;
  readonly job?: readonly string[];
  readonly hours: number;
  readonly driver?: readonly string[];
  readonly days: number;
  readonly cluster?: string;
  readonly by?: string;
  readonly store: boolean;
  readonly json?: true;
}

/** `wardround perf calibrate site`: one scale between what the model says and what this site measures. */
export function calibrateSiteCommand(context: CliContext, withCalibration: WithCalibration): Command {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Command('site')
    .description('fit the scale between predicted and measured step times from runs of this site')
    .option(
      '--runs <file>',
      'own healthy runs with `measured`, JSONL or YAML (fields as for `perf predict`); - is stdin',
    )
    .option('--from-metrics', "the inventory's jobs that say what they train, with the step times of their metrics")
    .option('--job <name>', 'with --from-metrics, only this job; may be given several times', collect)
    .option('--hours <n>', 'with --from-metrics, how far back', parseHours, 6)
    .option('--driver <release>', 'GPU driver of the runs (default: that of the measured GPUs)', collect)
    .option('--days <n>', 'days after which the scale is stale', parseDays, 90)
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--by <name>', 'who calibrates (default: your account)')
    .option('--no-store', 'show the scale and keep nothing')
    .option('--json', 'print JSON; `perf predict --site` reads it')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const { runCalibrateSite } = await import('./run-calibrate-site.ts');
      const { runsFromFile } = await import('./site-runs.ts');
      if ((options.runs === undefined) === (options.fromMetrics !== true))
        throw new CommandFailure('say where the runs are', 'give either --runs FILE or --from-metrics', {
          exitCode: exitCodes.usage,
        });
      const wanted = {
        validMs: options.days * 24 * 3_600_000,
        by: options.by ?? context.user,
        drivers: options.driver ?? null,
        json: options.json === true,
      };
      const source =
        options.runs === undefined
          ? await fromMetrics(context, options)
          : { from: options.runs === '-' ? 'standard input' : options.runs, runs: await runsFromFile(options.runs) };
      // A file needs no inventory unless the scale is kept under a cluster's name.
      const cluster = async () => pickCluster(options.cluster, [...(await context.inventories()).keys()]);
      process.exitCode = options.store
        ? await withCalibration(async (store) =>
            runCalibrateSite(context, { ...wanted, ...source, store: { store, cluster: await cluster() } }),
          )
        : await runCalibrateSite(context, { ...wanted, ...source, store: null });
    });
}

async function fromMetrics(context: CliContext, { cluster, job, hours }: Options) {
  const { runsFromMetrics } = await import('./site-runs.ts');
  const inventory = await pickInventory(context, cluster);
  const { metricsUrl } = await context.config();
  return runsFromMetrics({ inventory, metricsUrl, jobs: job ?? null, hours, nowMs: context.nowMs() });
}

function parseHours(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 168)) throw new InvalidArgumentError('hours, at most 168');
  return value;
}

function parseDays(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 3_650)
    throw new InvalidArgumentError('a whole number from 1 to 3650');
  return value;
}

const help = `
The scale is a robust mean of measured over predicted step time, drawn a little towards 1 while runs are few; its spread
becomes the width of predictions. The runs have to be healthy: a scale from slow runs makes slow look right. Five runs
are usually enough; the table shows what fewer or more give on your own.

Exit codes: 0 fitted, 1 no run could be used, 2 wrong usage, 3 some runs could not be used.

Examples:
  $ wardround perf calibrate site --runs our-runs.jsonl
  $ wardround perf calibrate site --from-metrics --hours 24
  $ wardround perf calibrate site --runs our-runs.jsonl --no-store --json > site.json`;

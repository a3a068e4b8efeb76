import { Command, InvalidArgumentError } from 'commander';
import {
  defaultWatchSettings,
  falseAlarmsPerDayMax,
  falseAlarmsPerDayMin,
  intervalMsMax,
  intervalMsMin,
  type WatchSettings,
} from '../../../workflows/domain/perf-watch.ts';
import { pickCluster, processContext, type CliContext } from '../context.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import type { WatchDesk, WatchSignal } from './watch-desk.ts';

type WithWatches = <T>(work: (desk: WatchDesk) => Promise<T>) => Promise<T>;

interface Options {
  readonly cluster?: string;
  readonly all?: true;
  readonly by?: string;
  readonly reason?: string;
  readonly interval?: number;
  readonly falseAlarmsPerDay?: number;
  readonly json?: true;
}

/** `wardround perf watch …`: durable watches over the speed of jobs; tests hand in a desk of their own. */
export function watchCommand(context: CliContext = processContext(), withWatches = temporalDesks(context)): Command {
  return new Command('watch')
    .description('watch the speed of jobs and warn early: below the prediction, the own past, or like GPUs')
    .addCommand(startCommand(context, withWatches))
    .addCommand(orderCommand(context, withWatches, 'stop'))
    .addCommand(orderCommand(context, withWatches, 'pause'))
    .addCommand(orderCommand(context, withWatches, 'resume'))
    .addCommand(listCommand(context, withWatches))
    .addCommand(showCommand(context, withWatches))
    .addHelpText(
      'after',
      `
A watch is a workflow of its own (watch/<cluster>/<job>): it survives every restart, and the Temporal Web UI shows it.
What it finds goes to the API as an alert, and an incident starts. \`wardround up\` starts one for every job.

Examples:
  $ wardround perf watch start --all
  $ wardround perf watch start llama-70b --interval 60 --false-alarms-per-day 0.1
  $ wardround perf watch list
  $ wardround perf watch show llama-70b`,
    );
}

function startCommand(context: CliContext, withWatches: WithWatches): Command {
  return common('start', 'start a watch; one that runs goes on, with the settings given here')
    .option(
      '--interval <seconds>',
      `cluster seconds between two looks (default: ${defaultWatchSettings.intervalMs / 1000})`,
      within(intervalMsMin / 1000, intervalMsMax / 1000),
    )
    .option(
      '--false-alarms-per-day <n>',
      `over all jobs of the cluster; thresholds follow from it (default: ${defaultWatchSettings.falseAlarmsPerDay.toFixed(2)}, one a week)`,
      within(falseAlarmsPerDayMin, falseAlarmsPerDayMax),
    )
    .action(async (jobs: readonly string[], options: Options) => {
      const { cluster, chosen } = await choose(context, jobs, options);
      const given: Partial<WatchSettings> = {
        ...(options.interval === undefined ? {} : { intervalMs: options.interval * 1000 }),
        ...(options.falseAlarmsPerDay === undefined ? {} : { falseAlarmsPerDay: options.falseAlarmsPerDay }),
      };
      const started = await withWatches((desk) =>
        inTurn(chosen, async (job) => {
          const outcome = await desk.start(cluster, job, { ...defaultWatchSettings, ...given });
          if (outcome === 'running' && Object.keys(given).length > 0)
            await desk.tell(cluster, job, { kind: 'setWatchSettings', settings: given });
          return { job, outcome };
        }),
      );
      await print(context, options, { cluster, watches: started }, () =>
        started
          .map(({ job, outcome }) => (outcome === 'started' ? `${job} is watched` : `${job} was watched already`))
          .join('\n'),
      );
    });
}

const signals = { stop: 'stopWatch', pause: 'pauseWatch', resume: 'resumeWatch' } as const;
const orderWords = {
  stop: 'end a watch and take its warning back; `wardround up` starts it again at its next start',
  pause: 'let a watch rest until it is resumed, also over restarts',
  resume: 'let a paused watch look again',
} as const;

function orderCommand(context: CliContext, withWatches: WithWatches, name: keyof typeof signals): Command {
  return common(name, orderWords[name])
    .option('--by <name>', `your name (default: ${context.user})`)
    .option('--reason <text>', 'why, for those who find it so', 'no reason given')
    .action(async (jobs: readonly string[], options: Options) => {
      const { cluster, chosen } = await choose(context, jobs, options);
      const signal: WatchSignal = {
        kind: signals[name],
        order: { by: options.by ?? context.user, reason: options.reason ?? 'no reason given' },
      };
      const told = await withWatches((desk) =>
        inTurn(chosen, async (job) => ({ job, told: await desk.tell(cluster, job, signal) })),
      );
      await print(context, options, { cluster, order: name, watches: told }, () =>
        told.map((one) => `${one.job}: ${one.told ? `told to ${name}` : 'no watch is open'}`).join('\n'),
      );
      if (told.every((one) => !one.told)) process.exitCode = exitCodes.failed;
    });
}

function listCommand(context: CliContext, withWatches: WithWatches): Command {
  return new Command('list')
    .description('open watches, what each sees and what it warns of')
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const { cluster } = await clusterOf(context, options);
      const watches = await withWatches((desk) => desk.list(cluster));
      const { watchTable } = await import('./watch-table.ts');
      await print(context, options, { cluster, watches }, () => watchTable(context.terminal, watches, context.nowMs()));
    });
}

function showCommand(context: CliContext, withWatches: WithWatches): Command {
  return common('show', 'what a watch sees, expects, and has warned of').action(
    async (jobs: readonly string[], options: Options) => {
      const { cluster, chosen } = await choose(context, jobs, options);
      const watches = await withWatches((desk) => inTurn(chosen, (job) => desk.read(cluster, job)));
      const found = watches.filter((row) => row !== null);
      if (found.length === 0)
        throw new CommandFailure(
          `no watch over ${chosen.join(', ') || 'any job'} of ${cluster}`,
          'start one with `wardround perf watch start`',
        );
      const { watchText } = await import('./watch-table.ts');
      await print(context, options, { cluster, watches: found }, () =>
        found.map((row) => watchText(context.terminal, row)).join('\n\n'),
      );
    },
  );
}

function common(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('[job...]', 'jobs of the inventory')
    .option('--all', 'every job of the cluster')
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--json', 'print JSON');
}

async function clusterOf(context: CliContext, { cluster: asked }: Options) {
  const inventories = await context.inventories();
  const cluster = pickCluster(asked, [...inventories.keys()]);
  return { cluster, jobs: (inventories.get(cluster)?.jobs ?? []).map(({ name }) => name) };
}

async function choose(context: CliContext, asked: readonly string[], options: Options) {
  const { cluster, jobs } = await clusterOf(context, options);
  if (options.all === true) return { cluster, chosen: jobs };
  const unknown = asked.find((job) => !jobs.includes(job));
  const known = jobs.length === 0 ? 'the inventory has no job' : `jobs of ${cluster}: ${jobs.join(', ')}`;
  if (unknown !== undefined)
    throw new CommandFailure(`${cluster} has no job "${unknown}"`, known, { exitCode: exitCodes.usage });
  if (asked.length === 0)
    throw new CommandFailure('which job?', `name one, or add --all; ${known}`, { exitCode: exitCodes.usage });
  return { cluster, chosen: [...new Set(asked)] };
}

async function inTurn<T>(jobs: readonly string[], work: (job: string) => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  for (const job of jobs) done.push(await work(job));
  return done;
}

async function print(
  { terminal }: CliContext,
  { json }: Options,
  value: unknown,
  text: () => string | Promise<string>,
): Promise<void> {
  const { renderJson } = await import('../output.ts');
  terminal.out(json === true ? renderJson(value) : await text());
}

function temporalDesks(context: CliContext): WithWatches {
  return async (work) => {
    const { temporal } = await context.config();
    const { withTemporalWatches } = await import('./watch-desk.ts');
    return withTemporalWatches(temporal, work);
  };
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
  };
}

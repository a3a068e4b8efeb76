import { Command, InvalidArgumentError } from 'commander';
import { quantities, type Quantity } from '../../../kb/schemas/calibration.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import { pickInventory, pickNodes, untilSignalled, type OpenRunner } from '../probe-run-command.ts';
import type { WithCalibration } from './calibration-store.ts';

interface Options {
  readonly cluster?: string;
  readonly node?: readonly string[];
  readonly on?: string;
  readonly measure: readonly Quantity[];
  readonly precision: number;
  readonly runsMax: number;
  readonly days: number;
  readonly by?: string;
  readonly store: boolean;
  readonly yes?: true;
  readonly json?: true;
}

/** `wardround perf calibrate gpus`: N0 of idle devices, repeated until it is sure enough. */
export function calibrateGpusCommand(
  context: CliContext,
  openRunner: OpenRunner,
  withCalibration: WithCalibration,
): Command {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Command('gpus')
    .description('measure idle GPUs, their memory, links and adapters again and again until the mean is sure enough')
    .option('--on <nodes>', 'nodes as a host list: node-[01-08],node-12 (default: all nodes)')
    .option('--node <name>', 'node; may be given several times', collect)
    .option('--measure <list>', `of ${quantities.join(', ')}; or all`, parseQuantities, ['gemm', 'hbm'])
    .option(
      '--precision <share>',
      'half of the 95 % interval over the mean at which it stops',
      parsePrecision,
      usual.precision,
    )
    .option('--runs-max <n>', 'runs of a device after which it stops all the same', parseRunsMax, usual.runsMax)
    .option('--days <n>', 'days after which the figures are stale', parseDays, usual.days)
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--by <name>', 'who measures (default: your account)')
    .option('--no-store', 'show what was measured and keep nothing')
    .option('--yes', 'do not ask before devices are put under load')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const { confirm } = await import('../confirm.ts');
      const { runCalibrateGpus } = await import('./run-calibrate-gpus.ts');
      const inventory = await pickInventory(context, options.cluster);
      const nodes = await pickNodes(inventory, options.node === undefined ? undefined : [...options.node], options.on);
      const what = `${options.measure.join(', ')} of ${nodes.length === 1 ? nodes[0] : `${nodes.length} nodes`}`;
      await confirm(context.terminal, `This puts idle devices under load (${what}). Go on?`, options.yes === true);
      const runner = await openRunner(await context.config());
      const { signal, release } = untilSignalled();
      const wanted = {
        inventory,
        nodes,
        runner,
        signal,
        quantities: options.measure,
        rule: { precision: options.precision, runsMax: options.runsMax },
        validMs: options.days * dayMs,
        by: options.by ?? context.user,
        json: options.json === true,
      };
      try {
        process.exitCode = options.store
          ? await withCalibration(async (store) => {
              // Better told now than after an hour of measuring.
              await store.records(inventory.cluster);
              return runCalibrateGpus(context, { ...wanted, store });
            })
          : await runCalibrateGpus(context, { ...wanted, store: null });
      } finally {
        release();
        runner.close?.();
      }
    });
}

// Equal GPUs differ by 1 to 5 % under load (https://github.com/stas00/ml-engineering), so 1 % tells them apart. 60 runs
// are enough for a spread of 3.8 %. A quarter is the usual interval between maintenance windows.
const usual = { precision: 0.01, runsMax: 60, days: 90 };

const dayMs = 24 * 3_600_000;

function parseQuantities(text: string): readonly Quantity[] {
  if (text === 'all') return quantities;
  const words = text.split(',').map((word) => word.trim());
  const known = quantities.filter((quantity) => words.includes(quantity));
  const unknown = words.filter((word) => !quantities.some((quantity) => quantity === word));
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no ${unknown.join(', ')}`);
  return known;
}

/** `1%`, `0.5 %` or `0.01`. */
function parsePrecision(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})\s?(%?)$/.exec(text.trim());
  const value = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  if (match === null || !(value >= 0.0005 && value <= 0.2))
    throw new InvalidArgumentError('a share from 0.05 % to 20 %, such as 1% or 0.01');
  return value;
}

const wholeNumber = (text: string, least: number, most: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
  return value;
};
// A tenth of an hour on a device at 20 seconds a run, and a day.
const parseRunsMax = (text: string) => wholeNumber(text, 10, 5_000);
const parseDays = (text: string) => wholeNumber(text, 1, 3_650);

export function measuringFailed(json: boolean): CommandFailure {
  return new CommandFailure(
    'no device was measured',
    json ? 'see skipped for the reasons' : 'devices have to be idle: the reasons stand above',
    { exitCode: exitCodes.failed },
  );
}

const help = `
A device is measured again and again, without a gap: warm-up is cut (marginal standard error rule), batch means take
care of runs that depend on each other, and it stops when half of the 95 % interval is below --precision of the mean,
after ten runs at least, or at --runs-max. A device that a job uses is skipped and named. One measurement at a time on a
node, nodes side by side. Ctrl-C ends the tools on the nodes; what was measured until then is kept.

Repeating takes out noise, not bias: figures hold for the tool and the shape that \`perf calibrate show ID\` names.

Exit codes: 0 all was measured, 1 nothing was, 2 wrong usage, 3 something was skipped or is not sure enough.

Examples:
  $ wardround perf calibrate gpus --node node-07 --precision 0.5%
  $ wardround perf calibrate gpus --on node-[01-16] --measure gemm,hbm,nvlink --yes --json`;

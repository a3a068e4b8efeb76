import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { processEnvironment } from '../../../config.ts';
import { repositoryFile } from '../../../repository-file.ts';
import { processTerminal, renderJson } from '../../output.ts';
import { list, oneOf, wholeNumber } from '../option-values.ts';

interface PerformanceOptions {
  readonly set?: readonly string[];
  readonly protocol?: readonly string[];
  readonly runs?: string;
  readonly calculon?: string;
  readonly python: string;
  readonly stateDir?: string;
  readonly rows: boolean;
  readonly writeConstants: boolean;
  readonly injection: boolean;
  readonly simulatedDays?: number;
  readonly faults?: readonly string[];
  readonly seed: number;
  readonly json: boolean;
}

/** `wardround bench performance`: predicted against measured step times, and what the tiers find of slow jobs. */
export function performanceCommand(): Command {
  return new Command('performance')
    .description('predicted against published step times, per set, beside baselines; and how fast slow jobs are found')
    .option('--set <names>', 'separated by commas (default: all)', list)
    .option('--protocol <names>', 'leave-one-out, site, half (default: all)', list)
    .option('--runs <file>', 'runs to predict, JSON lines; constants come from the published ones all the same')
    .option('--rows', 'every run that was missed by more than 10 %, not the ten worst of a set', false)
    .option('--calculon <dir>', 'run this checkout of github.com/calculon-ai/calculon on the same rows')
    .option('--python <path>', 'a Python that has pandas and psutil, for --calculon', 'python3')
    .option('--write-constants', 'fit on all published runs and write the constants that predictions use', false)
    .option('--injection', 'slow real runs down and let the three tiers look', false)
    .option('--simulated-days <n>', 'job-days of the simulated cluster for the three tiers', days)
    .option(
      '--faults <ids>',
      'of the simulated cluster, separated by commas (default: all that make a job slower)',
      list,
    )
    .option('--seed <n>', 'draws the noise of --injection and the simulated cluster', wholeNumber, 7)
    .option('--state-dir <dir>', 'where raw output of --calculon is kept (default: a temporary folder)')
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: PerformanceOptions) => {
      const { runPerformanceBench } = await import('./run-performance.ts');
      const { renderPerformanceBench } = await import('./performance-table.ts');
      const { protocols } = await import('./protocols.ts');
      const terminal = processTerminal();
      const stop = stopOnSignal();
      const published = repositoryFile('kb/performance/runs/published-runs.jsonl');
      if (options.writeConstants) {
        const { writeConstants } = await import('./write-constants.ts');
        const target = repositoryFile('kb/performance/model/fitted-constants.ts');
        terminal.out(writeConstants(published, target, Date.now()));
        return;
      }
      if (options.injection) {
        const { runInjection } = await import('./injection/run-injection.ts');
        const { renderInjection } = await import('./injection/injection-table.ts');
        const report = await runInjection(terminal, { published, seed: options.seed }, stop);
        terminal.out(options.json ? renderJson(report) : await renderInjection(terminal, report));
        return;
      }
      if (options.simulatedDays !== undefined) {
        const { runSimulated } = await import('./simulated/run-simulated.ts');
        const { renderSimulated } = await import('./simulated/simulated-table.ts');
        const wanted = { jobDays: options.simulatedDays, seed: options.seed, faults: options.faults ?? null };
        const report = await runSimulated(terminal, wanted, stop);
        terminal.out(options.json ? renderJson(report) : await renderSimulated(terminal, report));
        return;
      }
      await withFolder(options, async (stateDir) => {
        const report = await runPerformanceBench(
          terminal,
          {
            published,
            runs: options.runs ?? null,
            sets: options.set ?? null,
            protocols: oneOf('protocol', protocols, options.protocol),
            calculon: options.calculon === undefined ? null : { checkout: options.calculon, python: options.python },
            stateDir,
            env: processEnvironment(),
          },
          stop,
        );
        terminal.out(
          options.json ? renderJson(report) : await renderPerformanceBench(terminal, report, { allRows: options.rows }),
        );
      });
    });
}

/** The folder stays where it was asked for, or where Calculon's raw output lies in it. */
async function withFolder(
  { stateDir, calculon }: PerformanceOptions,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder =
    stateDir === undefined ? mkdtempSync(path.join(tmpdir(), 'wardround-performance-')) : path.resolve(stateDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await work(folder);
  if (stateDir === undefined && calculon === undefined) rmSync(folder, { recursive: true, force: true });
}

function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  return stop.signal;
}

const daysMax = 10_000;

function days(text: string): number {
  const value = wholeNumber(text);
  if (value > daysMax) throw new InvalidArgumentError(`expected 0 to ${daysMax} job-days`);
  return value;
}

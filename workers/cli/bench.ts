import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { boundaries, type Boundary } from '../boundaries.ts';
import { processEnvironment } from '../config.ts';
import { repositoryFile } from '../repository-file.ts';
import { clusterBenchCommand } from './bench/cluster/command.ts';
import { excerptsCommand } from './bench/excerpts/command.ts';
import { modelBenchCommand } from './bench/model/command.ts';
import { paperCommand } from './bench/paper/command.ts';
import { performanceCommand } from './bench/performance/command.ts';
import { reasoningCommand } from './bench/reasoning/command.ts';
import { exitCodes, processTerminal, renderJson, type ExitCode, type Terminal } from './output.ts';
import { list, oneOf, wholeNumber } from './bench/option-values.ts';

/** `wardround bench …`: each starts a stack of its own, measures it and stops it. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the product on this machine, and kill its processes at every boundary')
    .addCommand(incidentCommand())
    .addCommand(killsCommand())
    .addCommand(faultsCommand())
    .addCommand(excerptsCommand())
    .addCommand(reasoningCommand())
    .addCommand(logsCommand())
    .addCommand(recallCommand())
    .addCommand(fanoutCommand())
    .addCommand(performanceCommand())
    .addCommand(clusterBenchCommand())
    .addCommand(modelBenchCommand())
    .addCommand(paperCommand())
    .addHelpText(
      'after',
      `
Everything runs on a stack of its own with a simulated cluster, on loopback.

Examples:
  $ wardround bench incident --json
  $ wardround bench kills                                       the whole matrix
  $ wardround bench kills --processes temporal,s3 --boundaries done
  $ wardround bench fanout --nodes 1000                         probes over many nodes, beside parallel-ssh and clush
  $ wardround bench faults --seeds 1,2,3                        is each fault found, and does each end as it should`,
    );
}

interface CommonOptions {
  readonly seed: number;
  readonly json: boolean;
  readonly stateDir?: string;
}

interface IncidentOptions extends CommonOptions {
  readonly runs: number;
  readonly open: number;
}

function incidentCommand(): Command {
  return common(new Command('incident'))
    .description('time per phase, own share, memory, intake under load, and many incidents open at once')
    .option('--runs <n>', 'incidents that are measured with nothing else open', wholeNumber, 3)
    .option('--open <n>', 'incidents open at once; the cluster entity takes 1000', wholeNumber, 1000)
    .action(async (options: IncidentOptions) => {
      if (options.runs < 1) throw new InvalidArgumentError('--runs: expected at least 1');
      if (options.open < 2) throw new InvalidArgumentError('--open: expected at least 2');
      const { runIncidentBench } = await import('./bench/run-incidents.ts');
      const { renderIncidentBench } = await import('./bench/incident-table.ts');
      await measured(options, async (terminal, stateDir) => {
        const { runs, open, seed } = options;
        const report = await runIncidentBench(terminal, { runs, open, seed, stateDir, env: processEnvironment() });
        terminal.out(options.json ? renderJson(report) : await renderIncidentBench(terminal, report));
        return exitCodes.done;
      });
    });
}

interface KillsOptions extends CommonOptions {
  readonly processes?: readonly string[];
  readonly boundaries?: readonly string[];
  readonly activities?: readonly string[];
  readonly each: boolean;
}

function killsCommand(): Command {
  return common(new Command('kills'))
    .description('kill -9 every process at every boundary of every activity; each incident has to end right')
    .option('--processes <names>', 'separated by commas (default: all)', list)
    .option('--boundaries <names>', `of ${boundaries.join(', ')} (default: all)`, list)
    .option('--activities <names>', 'separated by commas (default: all that an incident runs)', list)
    .option('--each', 'one kill an incident; takes hours for the whole matrix', false)
    .action(async (options: KillsOptions) => {
      const { killedProcesses } = await import('./bench/kill-plan.ts');
      const processes = oneOf('process', killedProcesses, options.processes);
      const chosen = oneOf<Boundary>('boundary', boundaries, options.boundaries);
      const { runKills } = await import('./bench/run-kills.ts');
      const { renderKills } = await import('./bench/kill-table.ts');
      await measured(options, async (terminal, stateDir, stop) => {
        const report = await runKills(
          terminal,
          {
            processes,
            boundaries: chosen,
            activities: options.activities ?? null,
            seed: options.seed,
            each: options.each,
            stateDir,
            env: processEnvironment(),
          },
          stop,
        );
        terminal.out(options.json ? renderJson(report) : await renderKills(terminal, report));
        const { ok, failed, notReached } = report.totals;
        return ok > 0 && failed + notReached === 0 ? exitCodes.done : exitCodes.failed;
      });
    });
}

interface RecallOptions {
  readonly paraphrases: string;
  readonly half: string;
  readonly sizes: readonly string[];
  readonly lifts?: readonly string[];
  readonly seed: number;
  readonly json: boolean;
}

function recallCommand(): Command {
  return new Command('recall')
    .description('how well and how fast the knowledge base recalls: likeness, words, both, and with signals')
    .option('--half <half>', 'chosen-on, shown or all of the records', 'shown')
    .option('--sizes <numbers>', 'entries for the speed of index and search; 0 for none', list, [
      '300',
      '10000',
      '100000',
    ])
    .option('--lifts <numbers>', 'further lifts by signals to compare, from 0', list)
    .option('--paraphrases <folder>', 'symptoms in other words', repositoryFile('test/recall/paraphrases'))
    .option('--seed <n>', 'draws which findings are seen', wholeNumber, 7)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: RecallOptions) => {
      const [half] = oneOf('half', ['chosen-on', 'shown', 'all'] as const, [options.half]);
      const { runRecallBench } = await import('./bench/recall/run-recall.ts');
      const { renderRecallBench } = await import('./bench/recall/recall-table.ts');
      const { loadConfig } = await import('../config.ts');
      await measured(options, async (terminal, stateDir, stop) => {
        const { paraphrases, seed, json } = options;
        const sizes = options.sizes.map(wholeNumber).filter((size) => size > 0);
        const report = await runRecallBench(
          terminal,
          {
            paraphrases,
            half: half ?? 'shown',
            sizes,
            lifts: (options.lifts ?? []).map(Number),
            seed,
            stateDir,
            config: loadConfig(),
            env: processEnvironment(),
          },
          stop,
        );
        terminal.out(json ? renderJson(report) : await renderRecallBench(terminal, report));
        return exitCodes.done;
      });
    });
}

interface FanoutCommandOptions extends CommonOptions {
  readonly nodes: number;
  readonly runs: number;
  readonly python?: string;
  readonly alone: boolean;
}

function fanoutCommand(): Command {
  return common(new Command('fanout'))
    .description('one probe on all nodes of a simulated cluster and ten on a hundred, beside parallel-ssh and clush')
    .option('--nodes <n>', 'SSH servers', wholeNumber, 1000)
    .option('--runs <n>', 'how often each is measured, in turns; medians are shown', wholeNumber, 3)
    .option('--python <path>', 'a Python that has parallel-ssh and ClusterShell (default: installed from PyPI)')
    .option('--alone', 'without the others', false)
    .action(async (options: FanoutCommandOptions) => {
      if (options.nodes < 2 || options.nodes > 1000) throw new InvalidArgumentError('--nodes: expected 2 to 1000');
      if (options.runs < 1) throw new InvalidArgumentError('--runs: expected at least 1');
      const { runFanoutBench } = await import('./bench/fanout/run-fanout.ts');
      const { renderFanoutBench } = await import('./bench/fanout/fanout-table.ts');
      const { cacheDir } = await import('../../infra/setup/tools.cjs');
      await measured(options, async (terminal, stateDir, stop) => {
        const { nodes, runs, seed, python = null, alone, json } = options;
        const env = processEnvironment();
        const wanted = { nodes, runs, seed, stateDir, python, alone, env, toolsDir: cacheDir(env) };
        const report = await runFanoutBench(terminal, wanted, stop);
        terminal.out(json ? renderJson(report) : await renderFanoutBench(terminal, report));
        return exitCodes.done;
      });
    });
}

interface FaultsOptions extends CommonOptions {
  readonly faults?: readonly string[];
  readonly seeds?: readonly string[];
  readonly rate: number;
}

function faultsCommand(): Command {
  return common(new Command('faults'))
    .description('every fault with several seeds: is the cause found, and does the incident end as it should')
    .option('--faults <ids>', 'separated by commas (default: all of `wardround cluster faults`)', list)
    .option('--seeds <numbers>', 'separated by commas (default: 1,2,3)', list)
    .option('--rate <n>', 'cluster seconds in a wall second', wholeNumber, 20)
    .action(async (options: FaultsOptions) => {
      const { faults } = await import('../../infra/cluster/faults/index.ts');
      const ids = faults.map(({ id }) => id);
      const chosen = oneOf('fault', ids, options.faults);
      const { renderFaultRuns, runFaults } = await import('./bench/run-faults.ts');
      await measured(options, async (terminal, stateDir, stop) => {
        const seeds = (options.seeds ?? ['1', '2', '3']).map(wholeNumber);
        const run = { faults: chosen, seeds, rate: options.rate, stateDir, env: processEnvironment() };
        const runs = await runFaults(terminal, run, stop);
        terminal.out(options.json ? renderJson({ runs }) : await renderFaultRuns(terminal, runs));
        return runs.length > 0 && runs.every(({ asExpected }) => asExpected) ? exitCodes.done : exitCodes.failed;
      });
    });
}

interface LogsOptions {
  readonly gb: number;
  readonly seed: number;
  readonly path?: string;
  readonly dir?: string;
  readonly keep: boolean;
  readonly python: string;
  readonly runs: number;
  readonly json: boolean;
}

function logsCommand(): Command {
  return new Command('logs')
    .description('read generated logs of a whole job: speed and memory of scan and reduction beside Drain3 and ripgrep')
    .option('--gb <n>', 'gigabytes of logs that are generated', gigabytes, 1)
    .option('--path <path>', 'measure on logs that you have instead: a file or a folder')
    .option('--seed <n>', 'draws the lines and the places of faults', wholeNumber, 7)
    .option('--runs <n>', 'how often each of our own measurements is made; the fastest counts', wholeNumber, 1)
    .option('--python <path>', 'a Python that has drain3', 'python3')
    .option('--dir <folder>', 'where the logs are written (default: a temporary folder)')
    .option('--keep', 'leave them there', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: LogsOptions) => {
      if (options.runs < 1) throw new InvalidArgumentError('--runs: expected at least 1');
      const { runLogsBench } = await import('./bench/logs/run-logs.ts');
      const { renderLogsBench } = await import('./bench/logs/logs-table.ts');
      const { gb, path: own, seed, runs, python, keep } = options;
      const dir = options.dir ?? (keep ? tmpdir() : undefined);
      await measured(
        { ...options, ...(dir === undefined ? {} : { stateDir: dir }) },
        async (terminal, stateDir, stop) => {
          const folder = mkdtempSync(path.join(stateDir, 'wardround-logs-'));
          const bench = {
            bytes: gb * 1e9,
            seed,
            path: own ?? null,
            dir: folder,
            python,
            runs,
            env: processEnvironment(),
          };
          try {
            const report = await runLogsBench(terminal, bench, stop);
            terminal.out(options.json ? renderJson(report) : await renderLogsBench(terminal, report));
            const lost = report.planted?.some(({ found, kept }) => !found || !kept) ?? false;
            return lost ? exitCodes.failed : exitCodes.done;
          } finally {
            if (keep) terminal.err(`the logs stay in ${folder}`);
            else rmSync(folder, { recursive: true, force: true });
          }
        },
      );
    });
}

function gigabytes(text: string): number {
  const value = Number(text);
  if (!(value >= 0.01 && value <= 1_000)) throw new InvalidArgumentError('expected gigabytes, from 0.01 to 1000');
  return value;
}

function common(command: Command): Command {
  return command
    .option('--seed <n>', 'draws the cluster, the places of faults and the order', wholeNumber, 7)
    .option('--state-dir <dir>', 'where the state is kept meanwhile (default: a temporary folder)')
    .option('--json', 'print the result as JSON on stdout', false);
}

/** Progress goes to stderr, the result to stdout; the folder stays only where something went wrong. */
async function measured(
  { stateDir }: CommonOptions,
  work: (terminal: Terminal, stateDir: string, stop: AbortSignal) => Promise<ExitCode>,
): Promise<void> {
  const terminal = processTerminal();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCodes.failed);
      stop.abort();
      terminal.err('Stopping after this incident; again: at once.');
    });
  const dir = stateDir === undefined ? mkdtempSync(path.join(tmpdir(), 'wardround-bench-')) : path.resolve(stateDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const code = await work(terminal, dir, stop.signal);
  if (code === exitCodes.done && stateDir === undefined) rmSync(dir, { recursive: true, force: true });
  process.exitCode = code;
}

import { Command, InvalidArgumentError } from 'commander';
import { exitCodes, processTerminal } from './output.ts';

export interface UpOptions {
  readonly demo: boolean;
  readonly yes: boolean;
  readonly exit: boolean;
  readonly json: boolean;
  readonly fault: string;
  readonly seed?: number;
  readonly nodes?: number;
  readonly rate?: number;
  readonly jobs?: number;
  readonly stateDir?: string;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly apiPort?: number;
  readonly observeOnly?: boolean;
  /** No watches over the speed of jobs are started. */
  readonly watch: boolean;
}

export function upCommand(): Command {
  return new Command('up')
    .description('start the embedded stack: Temporal, Chroma, S3, a simulated cluster, API and workers')
    .option('--demo', 'break the simulated cluster once it is healthy and follow the incident', false)
    .option('--yes', 'with --demo: approve the proposal by the same signal that a person would send', false)
    .option('--exit', 'with --demo: stop when the incident is closed; 0 when it ended as expected', false)
    .option('--json', 'with --exit: print the result as one JSON object on stdout, progress on stderr', false)
    .option('--fault <id>', 'with --demo: the fault to inject (see `wardround cluster faults`)', 'gpu-clock-lock')
    .option(
      '--seed <n>',
      'draws the place of the fault, and the cluster when it is made (default: drawn at random)',
      wholeNumber(0, 2 ** 31 - 1),
    )
    .option(
      '--nodes <n>',
      'nodes of the simulated cluster, 8 GPUs each, when it is made (default: 10)',
      wholeNumber(2, 1000),
    )
    .option(
      '--rate <n>',
      'cluster seconds in a wall second, when the cluster is made (default: 20)',
      wholeNumber(1, 100),
    )
    .option('--jobs <n>', 'training jobs on it, when it is made (default: 1, from 16 nodes on 3)', wholeNumber(1, 3))
    .option('--state-dir <dir>', 'where everything is kept (default: WARDROUND_STATE_DIR, or .wardround)')
    .option('--temporal-port <n>', 'port of the Temporal server', wholeNumber(1, 65_535))
    .option('--ui-port <n>', 'port of the Temporal Web UI', wholeNumber(1, 65_535))
    .option('--api-port <n>', 'port of the API', wholeNumber(1, 65_535))
    .option('--observe-only', 'everything but remediation')
    .option('--no-watch', 'start no watch over the speed of jobs; what the cluster itself reports still counts')
    .addHelpText(
      'after',
      `
Everything listens on loopback only and stops with Ctrl-C; the next start continues open incidents.

Examples:
  $ wardround up                                  a healthy cluster; break it with \`wardround cluster inject\`
  $ wardround up --demo                           the fault of the paper, and you approve the repair
  $ wardround up --demo --yes --exit --seed 3     the same without a person; for scripts`,
    )
    .action(async (options: UpOptions) => {
      if (options.exit && !options.demo) throw new InvalidArgumentError('--exit goes with --demo');
      if (options.exit && !options.yes)
        process.stderr.write('Waiting for a person to approve; --yes approves by itself.\n');
      const { faults } = await import('../../infra/cluster/faults/index.ts');
      if (!faults.some(({ id }) => id === options.fault))
        throw new InvalidArgumentError(
          `there is no fault "${options.fault}"; known: ${faults.map(({ id }) => id).join(', ')}`,
        );
      const { runUp } = await import('./up/run.ts');
      const terminal = processTerminal();
      process.exitCode = await runUp(
        options.json ? { ...terminal, out: terminal.err } : terminal,
        options,
        (result) => {
          if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
        },
      );
      // Everything is stopped; a library's idle timer must not keep the terminal waiting.
      process.exit(process.exitCode ?? exitCodes.done);
    });
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };
}

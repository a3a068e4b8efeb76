import { Command, CommanderError, InvalidArgumentError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { CommandFailure, exitCodes, paint, type ExitCode, type Terminal } from './output.ts';

/** A command that is loaded only when it is the one asked for: `--help` stays fast. */
export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const subcommands: readonly Subcommand[] = [
  {
    name: 'up',
    summary: 'start the embedded stack: Temporal, Chroma, S3, a simulated cluster, API and workers',
    load: async () => (await import('./up.ts')).upCommand(),
  },
  {
    name: 'doctor',
    summary: 'check this machine, the set-up and the configured servers',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'diagnose',
    summary: 'rank the causes that logs speak for, and say what to measure; needs no server',
    load: async () => (await import('./diagnose.ts')).diagnoseCommand(),
  },
  {
    name: 'explain',
    summary: 'say what an Xid, SXid, DCGM, NCCL or InfiniBand code means and what to do',
    load: async () => (await import('./explain.ts')).explainCommand(),
  },
  {
    name: 'logs',
    summary: 'scan logs for findings, or reduce them to what matters; needs no server',
    load: async () => (await import('./logs.ts')).logsCommand(),
  },
  {
    name: 'watch',
    summary: 'follow growing logs and raise alerts, so that incidents start from logs alone',
    load: async () => (await import('./watch.ts')).watchCommand(),
  },
  {
    name: 'incident',
    summary: 'start, list, show, approve, reject, correct, annotate and cancel incidents',
    load: async () => (await import('./incident.ts')).incidentCommand(),
  },
  {
    name: 'stop',
    summary: 'stop all remediation of a cluster; diagnosis goes on',
    load: async () => (await import('./stop-resume.ts')).stopCommand(),
  },
  {
    name: 'resume',
    summary: 'let the remediation of a cluster go on',
    load: async () => (await import('./stop-resume.ts')).resumeCommand(),
  },
  {
    name: 'notify',
    summary: 'list the receivers of notifications, or send them a test message',
    load: async () => (await import('./notify.ts')).notifyCommand(),
  },
  {
    name: 'kb',
    summary: 'check, index, search and grow the knowledge base',
    load: async () => (await import('./kb.ts')).kbCommand(),
  },
  {
    name: 'inventory',
    summary: 'build an inventory from YAML, Slurm, Ansible or Kubernetes, check it, show it',
    load: async () => (await import('./inventory.ts')).inventoryCommand(),
  },
  {
    name: 'probe',
    summary: 'list the read-only probes, or run one on nodes',
    load: async () => (await import('./probe.ts')).probeCommand(),
  },
  {
    name: 'perf',
    summary: 'say how fast a training job should be, where its time goes, and whether it is slow',
    load: async () => (await import('./perf.ts')).perfCommand(),
  },
  {
    name: 'replay',
    summary: 'check an incident or a bundle: its seal, its decisions, its results',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'export',
    summary: 'write one incident into a bundle that can be checked on another machine',
    load: async () => (await import('./export.ts')).exportCommand(),
  },
  {
    name: 'api',
    summary: 'describe the HTTP API, and make, list and revoke its bearer tokens',
    load: async () => (await import('./api.ts')).apiCommand(),
  },
  {
    name: 'cluster',
    summary: 'look at the simulated cluster, break it and heal it',
    load: async () => (await import('./cluster.ts')).clusterCommand(),
  },
  {
    name: 'bench',
    summary: 'measure the product on this machine, and kill its processes at every boundary',
    load: async () => (await import('./bench.ts')).benchCommand(),
  },
];

/**
 * Runs one command line. Answers the exit code for what went wrong, or `null` when the command ended by itself and
 * may have set its own.
 */
export async function runProgram(
  argv: readonly string[],
  terminal: Terminal,
  commands: readonly Subcommand[] = subcommands,
): Promise<ExitCode | null> {
  try {
    const program = await buildProgram(argv, commands);
    throwInsteadOfExit(program, terminal);
    await program.parseAsync(argv, { from: 'user' });
    return null;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

async function buildProgram(argv: readonly string[], commands: readonly Subcommand[]): Promise<Command> {
  const program = new Command('wardround')
    .description(packageJson.description)
    .version(packageJson.version, '-V, --version', 'print the version')
    .showHelpAfterError('(see --help)')
    .addHelpText('after', programHelp);
  const asked = askedFor(argv);
  for (const { name, summary, load } of commands)
    if (name === asked) program.addCommand(await load());
    else program.command(name).description(summary);
  return program;
}

const programHelp = `
Examples:
  $ wardround up --demo
  $ wardround incident list --needs-human
  $ wardround diagnose /var/log/job/rank-*.log

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is not proven.`;

/** The first word that is no option; the word after `help`. */
function askedFor(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}

/** Settings of a command do not reach the ones that are added to it. */
function throwInsteadOfExit(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out(text.trimEnd()),
    writeErr: (text) => terminal.err(text.trimEnd()),
  });
  for (const child of command.commands) throwInsteadOfExit(child, terminal);
}

function reportFailure(error: unknown, terminal: Terminal): ExitCode {
  // Commander has printed what it found wrong itself, but not what a command threw.
  if (error instanceof InvalidArgumentError) terminal.err(`${paint(terminal, 'red', 'Error:')} ${error.message}`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof CommandFailure) {
    terminal.err(`${paint(terminal, 'red', 'Error:')} ${error.message}`);
    terminal.err(`  ${paint(terminal, 'dim', '→')} ${error.advice}`);
    return error.exitCode;
  }
  if (error instanceof Error && expectedErrors.has(error.name)) {
    terminal.err(`${paint(terminal, 'red', 'Error:')} ${error.message}`);
    return exitCodes.failed;
  }
  // A bug: loud, with its stack and causes.
  terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.failed;
}

/** By name, so that their modules need not be loaded; their messages say what to do. */
const expectedErrors = new Set(['ConfigError', 'PortError']);

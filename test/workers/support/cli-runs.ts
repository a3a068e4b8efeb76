import type { Command } from 'commander';
import type { CliContext } from '../../../workers/cli/context.ts';
import { runProgram } from '../../../workers/cli/program.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { IncidentDesk } from '../../../workers/cli/incident-desk.ts';
import { nowMs } from './remembering-desk.ts';
import { recordingTerminal } from './recording-terminal.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: readonly string[];
}

export interface CliWorld {
  readonly desk?: IncidentDesk;
  readonly clusters?: readonly string[];
  readonly inventories?: ReadonlyMap<string, Inventory>;
  /** What the person types; without it nobody is at the terminal. */
  readonly replies?: readonly string[];
}

/** Runs one command line on a command built with a context of the test's own. */
export async function runCli(
  build: (context: CliContext) => Command,
  argv: readonly string[],
  world: CliWorld = {},
): Promise<CliRun> {
  const recorded = recordingTerminal(world.replies === undefined ? {} : { replies: world.replies });
  const command = build(contextOf(world, recorded.terminal));
  const subcommand = { name: command.name(), summary: command.description(), load: async () => command };
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const failed = await runProgram(argv, recorded.terminal, [subcommand]);
    const exitCode = failed ?? Number(process.exitCode ?? 0);
    return { exitCode, stdout: recorded.stdout(), stderr: recorded.stderr(), asked: recorded.asked };
  } finally {
    process.exitCode = before;
  }
}

function contextOf(world: CliWorld, terminal: CliContext['terminal']): CliContext {
  const named = (world.clusters ?? ['site-a']).map((cluster) => [cluster, { cluster } as Inventory] as const);
  return {
    terminal,
    user: 'grace',
    config: () => Promise.reject(new Error('this command was not to read the configuration')),
    inventories: async () => world.inventories ?? new Map(named),
    withDesk(work) {
      if (world.desk === undefined) throw new Error('this command was not to talk to Temporal');
      return work(world.desk);
    },
    nowMs: () => nowMs,
    pause: () => Promise.resolve(),
  };
}

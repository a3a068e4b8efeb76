import { Command } from 'commander';
import { exitCodes, processTerminal } from '../output.ts';
import type { FlightContext } from './run-flight.ts';

/** `wardround logs flight`: what the flight-recorder dumps of a job's ranks say together. */
export function flightCommand(context: FlightContext = { terminal: processTerminal() }): Command {
  return new Command('flight')
    .description(
      'compare the flight-recorder dumps of all ranks of a torch job: who did not come, who differs, who waits',
    )
    .argument('<path...>', 'dumps of torch (pickle or JSON; plain, gzip or zstd), folders or patterns')
    .option('--json', 'one JSON object on stdout')
    .option('--all', 'groups without trouble too')
    .addHelpText(
      'after',
      `
torch writes a dump for each rank when a collective times out, if TORCH_FR_BUFFER_SIZE (before: TORCH_NCCL_TRACE_BUFFER_SIZE)
is set; the rank stands in the name. Pickles are read as plain data: nothing in them is run.

Examples:
  $ wardround logs flight /tmp/nccl_trace_rank_*
  $ wardround logs flight ~/.cache/torch/ --json | jq .first

Exit codes: 0 done, 1 a dump cannot be read, 2 wrong usage.`,
    )
    .action(async (paths: readonly string[], { json, all }: { readonly json?: true; readonly all?: true }) => {
      const { runLogsFlight } = await import('./run-flight.ts');
      const code = await runLogsFlight(paths, { json: json === true, all: all === true }, context);
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

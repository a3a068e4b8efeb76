import { processTerminal } from './cli/output.ts';
import { runProgram } from './cli/program.ts';

// A reader that has seen enough, such as `head`, closes the pipe; that is an end and no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

const exitCode = await runProgram(process.argv.slice(2), processTerminal());
if (exitCode !== null) process.exitCode = exitCode;

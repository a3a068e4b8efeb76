import { processTerminal } from './cli/output.ts';
import { runProgram } from './cli/program.ts';

const exitCode = await runProgram(process.argv.slice(2), processTerminal());
if (exitCode !== null) process.exitCode = exitCode;

import { createControlClient } from './control-client.ts';

/** `node node-command.ts SOCKET NODE TOOL [ARG …]`: a tool of a simulated node, run by root through the gate. */
const [socketPath, node, ...argv] = process.argv.slice(2);
if (socketPath === undefined || node === undefined || argv.length === 0) {
  process.stderr.write('usage: node-command.ts SOCKET NODE TOOL [ARG …]\n');
  process.exitCode = 2;
} else {
  try {
    const result = await createControlClient(socketPath).nodeCommand(node, argv);
    process.stdout.write(result.stdout);
    process.stderr.write(result.stderr);
    process.exitCode = result.exitCode;
  } catch (error) {
    process.stderr.write(`${argv[0]}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

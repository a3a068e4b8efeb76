import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { writePrivateFile } from '../infra/stack/private-file.ts';
import { replayOpen } from './cli/up/replay-open.ts';
import { repositoryFile } from './repository-file.ts';
import { connectTemporal, payloadConverterPath } from './temporal-client.ts';

/**
 * A short process before the workers start: writes the workflow code into one file and replays the open histories
 * on it. The orchestrator then runs that same file, so what was checked is what runs.
 *
 *   node workers/workflow-code.ts --bundle FILE --address HOST:PORT --namespace NAME
 */
const { bundle, address, namespace } = readArguments();
const logger = new DefaultLogger('ERROR');
// A history that differs is our result, not the engine's to complain about.
Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });

const { code } = await bundleWorkflowCode({
  workflowsPath: repositoryFile('workflows/index.ts'),
  payloadConverterPath,
  logger,
});
writePrivateFile(bundle, code);
const client = connectTemporal({ address, namespace });
const check = await replayOpen(client, bundle);
await client.connection.close();
process.stdout.write(`${JSON.stringify({ ready: true, ...check })}\n`);

function readArguments() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { bundle: text, address: text, namespace: text } });
  const { bundle, address, namespace } = values;
  if (bundle === undefined || address === undefined || namespace === undefined)
    throw new Error('needs --bundle, --address and --namespace');
  return { bundle, address, namespace };
}

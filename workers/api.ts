import { serve, type ServerType } from '@hono/node-server';
import { pino } from 'pino';
import { loadInventories } from '../activities/adapters/inventory-files.ts';
import { PortError } from '../activities/ports.ts';
import { defaultIncidentSettings } from '../workflows/domain/incident-input.ts';
import { createApi, type ApiLog } from './api/app.ts';
import { environmentSource, sha256Hex, type SourceToken } from './api/bearer.ts';
import { temporalGateway } from './api/temporal-gateway.ts';
import { followTokenFile, TokenFileError } from './api/token-file.ts';
import { ConfigError, configFor, loadConfig, type RoleConfig } from './config.ts';
import { connectTemporal } from './temporal-client.ts';

/** A sender that takes longer than this is not one of ours. */
const requestMsMax = 30_000;
const headersMsMax = 10_000;
/** Longer than the longest wait for Temporal, so that a request under way gets its answer. */
const stopMsMax = 8_000;

/** The API process: takes alerts over HTTP, holds a Temporal client and a webhook secret, nothing else. */
try {
  runApi();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof PortError || error instanceof TokenFileError)) throw error;
  process.stderr.write(`The API can not start. ${error.message}\n`);
  process.exitCode = 1;
}

function runApi(): void {
  const config = loadConfig();
  const own = configFor(config, 'api');
  const { inventoryPath, temporal, logLevel, apiListen } = own;
  if (inventoryPath === null)
    throw new ConfigError(['WARDROUND_INVENTORY: without an inventory no alert belongs to a cluster']);
  const log = pino({ name: 'api', level: logLevel });
  const tokens = knownTokens(own, log);
  const client = connectTemporal(temporal);
  const clusters = [...loadInventories(inventoryPath).keys()];
  const app = createApi({
    gateway: temporalGateway(client),
    tokens,
    clusters,
    settings: {
      ...defaultIncidentSettings,
      approvalMs: config.approvalMs,
      humanActionMs: config.humanActionMs,
      observeOnly: config.observeOnly,
      ...(own.modelBudget === null ? {} : { model: own.modelBudget }),
    },
    log,
  });
  const server = serve(
    {
      fetch: app.fetch,
      hostname: apiListen.host,
      port: apiListen.port,
      serverOptions: { requestTimeout: requestMsMax, headersTimeout: headersMsMax },
    },
    ({ address, port }) => log.info({ address, port, clusters, temporal: temporal.address }, 'listening'),
  );
  server.on('error', (error) => {
    log.fatal({ err: error }, `can not listen on ${apiListen.host}:${apiListen.port}; set WARDROUND_API_LISTEN`);
    process.exit(1);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      void stop(server)
        .then(() => client.connection.close())
        .then(() => log.info({}, 'stopped'));
    });
}

/** The one token of the environment, which does not expire, and those of the file. */
function knownTokens({ apiToken, apiTokensFile }: RoleConfig<'api'>, log: ApiLog): () => readonly SourceToken[] {
  if (apiToken === null && apiTokensFile === null)
    throw new ConfigError(['WARDROUND_API_TOKENS_FILE, WARDROUND_API_TOKEN: without either nobody could be let in']);
  const one: readonly SourceToken[] =
    apiToken === null ? [] : [{ name: environmentSource, sha256: sha256Hex(apiToken), expiresAtMs: null }];
  if (apiTokensFile === null) return () => one;
  const listed = followTokenFile(apiTokensFile, log);
  return () => [...one, ...listed()];
}

/** Takes no new request, answers those under way, cuts what is left after the bound. */
async function stop(server: ServerType): Promise<void> {
  const cut = setTimeout(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  }, stopMsMax);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}

import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { untilAnswered } from './readiness.ts';
import { ensureArchiveSweep } from '../../activities/adapters/history-archive-schedule.ts';
import { registerSearchAttributes } from '../../activities/adapters/search-attributes.ts';
import type { ProcessSpec } from './supervise.ts';

/** The database file in the state folder. */
export const temporalDatabase = 'temporal.db';

export interface TemporalServer {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
}

/** A Temporal dev server with its Web UI, on a database file, with our search attributes and the schedule of the archive. */
export function temporalSpec(options: {
  readonly program: string;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  readonly dataDir: string;
  readonly env: ProcessSpec['env'];
}): ProcessSpec<TemporalServer> {
  const { program, port, uiPort, namespace, dataDir, env } = options;
  const address = `127.0.0.1:${port}`;
  return {
    name: 'temporal',
    command: program,
    args: [
      ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ['--db-filename', path.join(dataDir, temporalDatabase), '--namespace', namespace],
      // A write-ahead log takes three times the alerts a second; a kill loses nothing, a power cut the last moments.
      ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      ['--log-level', 'error', '--ui-disable-news-fetch', '--disable-config-file', '--disable-config-env'],
    ].flat(),
    env,
    async ready({ signal }) {
      await untilAnswered(signal, async (askSignal) => {
        const connection = await Connection.connect({
          address,
          connectTimeout: connectMsMax,
          channelArgs: quickReconnect,
        });
        try {
          await connection.withAbortSignal(askSignal, async () => {
            await connection.workflowService.describeNamespace({ namespace });
            await registerSearchAttributes(connection, namespace);
          });
          // The orchestrator makes it too, at its own start; it does not notice a server that starts on a new database.
          await ensureArchiveSweep(new Client({ connection, namespace }));
        } finally {
          await connection.close();
        }
      });
      return { address, namespace, uiUrl: `http://127.0.0.1:${uiPort}` };
    },
    readyMsMax: 60_000,
    stopMsMax: 10_000,
    restart: 'always',
  };
}

const connectMsMax = 1_000;
// gRPC waits a second after a refused connection; the server is up within half of that.
const quickReconnect = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 };

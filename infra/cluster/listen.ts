import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves on 127.0.0.1; `wanted` ports are tried in order. */
export async function listenHttp(app: Hono, wanted: readonly number[]): Promise<Listening> {
  let failure: unknown;
  for (const port of wanted) {
    const server = newServer(app);
    try {
      await listening(server, { host: '127.0.0.1', port });
      const address = server.address();
      return {
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () => closed(server),
      };
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`cannot listen on 127.0.0.1, port ${wanted.join(' or ')}`, { cause: failure });
}

/** Serves on a unix socket that only its owner may open. */
export async function listenUnix(app: Hono, socketPath: string): Promise<Listening> {
  if (existsSync(socketPath)) unlinkSync(socketPath);
  const server = newServer(app);
  await listening(server, { path: socketPath });
  chmodSync(socketPath, 0o600);
  return { port: 0, close: () => closed(server) };
}

function newServer(app: Hono): Server {
  // Without a createServer option the adaptor makes a plain node:http server.
  return createAdaptorServer({ fetch: app.fetch }) as Server;
}

function listening(
  server: Server,
  at: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

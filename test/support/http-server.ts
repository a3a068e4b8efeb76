import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A local HTTP server that answers as the test says. */
export interface TestHttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startHttpServer(
  answer: (
    request: { readonly url: URL; readonly body: string; readonly raw: IncomingMessage },
    response: ServerResponse,
  ) => void,
): Promise<TestHttpServer> {
  const server = createServer((raw, response) => {
    const chunks: Buffer[] = [];
    raw.on('data', (chunk: Buffer) => chunks.push(chunk));
    raw.on('end', () =>
      answer(
        { url: new URL(raw.url ?? '/', 'http://localhost'), body: Buffer.concat(chunks).toString('utf8'), raw },
        response,
      ),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An address on which nothing listens. */
export async function closedAddress(): Promise<string> {
  const server = await startHttpServer(() => {});
  await server.stop();
  return server.url;
}

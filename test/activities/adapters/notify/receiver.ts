import type { IncomingHttpHeaders } from 'node:http';
import type { Message } from '../../../../activities/notify-message.ts';
import { startHttpServer } from '../../../support/http-server.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Takes notifications. The first part of the path says how it answers: `/ok`, `/status-503`, `/hang`, `/slow-body`,
 * `/away` (a redirect to `/ok`), `/wait-7` (429 with Retry-After), `/says-WORD` (404 with that body).
 */
export async function startReceiver() {
  const received: Received[] = [];
  const server = await startHttpServer(({ url, body, raw }, response) => {
    received.push({ path: url.pathname, headers: raw.headers, body });
    const [, how = ''] = url.pathname.split('/');
    const [verb, detail = ''] = how.split('-');
    switch (verb) {
      case 'status':
        return response.writeHead(Number(detail)).end(`you sent ${url.pathname} ${body}`);
      case 'wait':
        return response.writeHead(429, { 'retry-after': detail }).end();
      case 'away':
        return response.writeHead(307, { location: `${server.url}/ok/elsewhere` }).end();
      case 'says':
        return response.writeHead(404).end(decodeURIComponent(detail));
      case 'event':
        return response
          .writeHead(400, { 'content-type': 'application/json' })
          .end(JSON.stringify({ status: 'invalid event', message: 'Event object is invalid', errors: [body] }));
      case 'hang':
        return undefined;
      case 'slow':
        return response.writeHead(200).write('half');
      default:
        return response.writeHead(202).end('ok');
    }
  });
  return { url: server.url, received, stop: () => server.stop() };
}

export function aMessage(overrides: Partial<Message> = {}): Message {
  return {
    kind: 'proposal-waits',
    urgency: 'normal',
    id: 'run-1/1',
    incident: { cluster: 'site-a', workflowId: 'incident/site-a/0011223344556677', runId: 'run-1' },
    thread: 'run-1',
    title: 'Waits for a decision: Reset the locked clocks of GPU 3 on node-07',
    lines: ['1. node-07: nvidia-smi -i 3 -rgc', 'reversible; one GPU of node-07; the job goes on'],
    proposal: { number: 1, digest: 'd'.repeat(64), expiresAtMs: 1_800_000_000_000 },
    link: 'https://temporal.example.com/namespaces/default/workflows/incident%2Fsite-a%2F0011223344556677/run-1/user-metadata',
    command: 'npx wardround incident approve incident/site-a/0011223344556677 --proposal 1',
    atMs: 1_790_000_000_000,
    ...overrides,
  };
}

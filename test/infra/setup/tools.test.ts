import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheDir, cachedPath, findTool } from '../../../infra/setup/tools.cjs';
import { fakeTemporal, fakeVersitygw, sandbox } from './sandbox.ts';

describe('a tool is searched for', () => {
  test('at the configured path first, then in PATH, then in the cache', () => {
    const { env, program, root } = sandbox();
    const cached = program(
      path.basename(cachedPath('temporal', env)),
      fakeTemporal,
      path.dirname(cachedPath('temporal', env)),
    );
    expect(findTool('temporal', env).tool).toMatchObject({ path: cached, origin: 'cache' });

    const inPath = program('temporal', fakeTemporal);
    expect(findTool('temporal', env).tool).toEqual({ path: inPath, origin: 'path', version: '1.8.2' });

    const configured = program('my-temporal', fakeTemporal, root);
    expect(findTool('temporal', { ...env, WARDROUND_TEMPORAL_BIN: configured }).tool).toMatchObject({
      path: configured,
      origin: 'configured',
    });
  });

  test('nowhere else when the configured path does not work', () => {
    const { env, program } = sandbox();
    program('versitygw', fakeVersitygw);
    const { tool, lookedAt } = findTool('versitygw', { ...env, WARDROUND_VERSITYGW_BIN: '/does/not/exist' });
    expect(tool).toBeUndefined();
    expect(lookedAt).toEqual([{ place: 'WARDROUND_VERSITYGW_BIN=/does/not/exist', found: 'no such file' }]);
  });

  test('further when the one in PATH is too old, broken or named relative to the working folder', () => {
    const { env, program } = sandbox();
    program('temporal', 'echo "temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)"');
    expect(findTool('temporal', env).lookedAt[1]?.found).toContain('version 1.4.1 will not do');
    program('versitygw', 'exit 3');
    expect(findTool('versitygw', env).lookedAt[1]?.found).toBe('--version ended with exit code 3');
    expect(findTool('temporal', { ...env, PATH: '.:relative' }).lookedAt[1]?.found).toBe('not found');
  });

  test('and one built from source counts by its server', () => {
    const { env, program } = sandbox();
    program('temporal', 'echo "temporal version 0.0.0-DEV (Server 1.31.2, UI 2.50.1)"');
    expect(findTool('temporal', env).tool?.origin).toBe('path');
    program('temporal', 'echo "temporal version 0.0.0-DEV (Server 1.20.0, UI 2.50.1)"');
    expect(findTool('temporal', env).tool).toBeUndefined();
  });
});

test('the cache is a folder per user, on every system', () => {
  expect(cacheDir({ HOME: '/h' }, 'linux')).toBe('/h/.cache/wardround');
  expect(cacheDir({ HOME: '/h', XDG_CACHE_HOME: '/c' }, 'darwin')).toBe('/c/wardround');
  expect(cacheDir({ LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/wardround');
  expect(cachedPath('temporal', { LOCALAPPDATA: '/local' }, 'win32')).toMatch(/temporal-v1\.8\.2\.exe$/);
});

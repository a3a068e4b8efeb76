import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runNode, sandbox } from './sandbox.ts';

const tool = {
  version: '2.0.0',
  dev: true,
  optionalDependencies: {
    '@tool/linux-x64-gnu': '2.0.0',
    '@tool/darwin-arm64': '2.0.0',
    '@tool/linux-arm64-musl': '2.0.0',
  },
};
const present = {
  version: '2.0.0',
  integrity: 'sha512-x',
  cpu: ['x64'],
  dev: true,
  license: 'MIT',
  optional: true,
  os: ['linux'],
};

test('missing optional packages are added with the platform that their name tells', async () => {
  const clone = cloneWith({ 'node_modules/@tool/linux-x64-gnu': present, 'node_modules/tool': tool });
  const run = () => runNode(['infra/setup/complete-lockfile.mjs'], { env: clone.env, cwd: clone.root });

  expect(await complete(clone, '--check')).toMatchObject({ code: 1 });
  expect((await run()).stdout).toContain('Added 2 optional packages');
  const { packages } = JSON.parse(readFileSync(path.join(clone.root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  expect(Object.keys(packages)).toEqual([
    '',
    'node_modules/@tool/darwin-arm64',
    'node_modules/@tool/linux-arm64-musl',
    'node_modules/@tool/linux-x64-gnu',
    'node_modules/tool',
  ]);
  expect(packages['node_modules/@tool/linux-arm64-musl']).toEqual({
    version: '2.0.0',
    cpu: ['arm64'],
    dev: true,
    libc: ['musl'],
    license: 'MIT',
    optional: true,
    os: ['linux'],
  });
  expect(packages['node_modules/@tool/linux-x64-gnu']).toEqual(present);
  expect((await run()).stdout).toContain('names every optional package');
});

test('what a name does not tell is left to people', async () => {
  const clone = cloneWith({ 'node_modules/tool': { version: '1.0.0', optionalDependencies: { fsevents: '1.0.0' } } });
  expect((await complete(clone)).stderr).toContain('fsevents: its name does not tell its platform');
});

test('this repository’s lockfile is complete', async () => {
  const { code, stdout } = await runNode(['infra/setup/complete-lockfile.mjs', '--check'], { env: {}, cwd: '.' });
  expect(stdout).toContain('names every optional package');
  expect(code).toBe(0);
});

function cloneWith(packages: Record<string, unknown>): ReturnType<typeof sandbox> {
  const clone = sandbox();
  clone.file('package-lock.json', JSON.stringify({ packages: { '': {}, ...packages } }));
  return clone;
}

function complete(clone: ReturnType<typeof sandbox>, ...args: string[]): ReturnType<typeof runNode> {
  return runNode(['infra/setup/complete-lockfile.mjs', ...args], { env: clone.env, cwd: clone.root });
}

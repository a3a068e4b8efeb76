import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findNode, putNodeInPath, runsTypeScript } from '../../../infra/setup/packages.cjs';
import { runNode, sandbox, type Sandbox } from './sandbox.ts';

describe('the wardround command', () => {
  test('passes on arguments, output and exit code', async () => {
    const clone = installed(
      `const words: string[] = process.argv.slice(2); console.log(words.join('|')); process.exitCode = 7;`,
    );
    expect(await shim(clone, ['a b', '--json'])).toMatchObject({ code: 7, stdout: 'a b|--json\n' });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('passes on %s and waits for the end', async (signal) => {
    const clone = installed(
      `process.on('${signal}', () => { console.log('bye'); process.exit(3); }); setInterval(() => {}, 1000); console.log('up');`,
    );
    let sent = false;
    const ended = await runNode(['infra/setup/wardround.cjs'], { env: clone.env, cwd: clone.root }, (child, stdout) => {
      if (!sent && stdout.includes('up')) sent = child.kill(signal);
    });
    expect(ended).toMatchObject({ code: 3, stdout: 'up\nbye\n' });
  });

  test('ends by the signal that ended the product', async () => {
    expect(await shim(installed(`process.kill(process.pid, 'SIGKILL')`))).toMatchObject({ signal: 'SIGKILL' });
  });

  test('says what to do when the packages are not installed', async () => {
    const { code, stderr } = await shim(sandbox());
    expect(code).toBe(1);
    expect(stderr).toContain('run `npm ci`');
  });

  test('does not slow the start down', () => {
    const clone = installed('');
    const from = performance.now();
    spawnSync(process.execPath, ['infra/setup/wardround.cjs'], { cwd: clone.root, env: clone.env });
    expect(performance.now() - from).toBeLessThan(1_500);
  });
});

describe('the Node that runs the product', () => {
  test('is the running one when it runs TypeScript files, else the pinned one, else none', () => {
    const { root, program } = sandbox();
    const platform = process.platform === 'win32' ? 'win' : process.platform;
    expect(findNode(root, '24.0.0')).toBe(process.execPath);
    expect(findNode(root, '20.20.2')).toBeUndefined();
    const pinned = program('node', '', path.join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin'));
    expect(findNode(root, '20.20.2')).toBe(pinned);
  });

  test('is put where npm scripts find it, since npm 10 does not link optional packages', () => {
    const { root, program } = sandbox();
    const platform = process.platform === 'win32' ? 'win' : process.platform;
    const pinned = program('node', '', path.join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin'));
    mkdirSync(path.join(root, 'node_modules', '.bin'), { recursive: true });
    const link = path.join(root, 'node_modules', '.bin', 'node');
    putNodeInPath(root, '24.0.0');
    expect(existsSync(link)).toBe(false);
    for (let time = 0; time < 2; time += 1) {
      putNodeInPath(root, '18.20.8');
      expect(realpathSync(link)).toBe(realpathSync(pinned));
    }
  });

  test.each([
    ['20.20.2', false],
    ['22.12.0', false],
    ['22.18.0', true],
    ['23.5.0', false],
    ['24.21.0', true],
    ['26.0.0', true],
  ])('%s: %s', (version, able) => {
    expect(runsTypeScript(version)).toBe(able);
  });
});

function installed(cli: string): Sandbox {
  const clone = sandbox();
  clone.file('node_modules/.package-lock.json', '{}');
  clone.file('package.json', '{ "type": "module" }');
  clone.file('workers/cli.ts', cli);
  return clone;
}

function shim(clone: Sandbox, args: readonly string[] = []): ReturnType<typeof runNode> {
  return runNode(['infra/setup/wardround.cjs', ...args], { env: clone.env, cwd: clone.root });
}

import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeTemporal, fakeVersitygw, runNode, sandbox, type Ended, type Sandbox } from './sandbox.ts';

const lock = {
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', dev: true } },
};
const secondRunMsMax = 2_000;

describe('set-up', () => {
  test('installs the packages, finds the tools, and is quick the second time', async () => {
    const clone = cloneWithNpm();
    clone.program('temporal', fakeTemporal);
    clone.program('versitygw', fakeVersitygw);

    const first = await prepare(clone);
    expect(first.stderr).toMatch(/✓ packages\s+installed/);
    expect(first.stderr).toMatch(/✓ Temporal server\s+1\.8\.2, found in PATH/);
    expect(first.stderr).toContain('Ready after');
    expect(first.stderr).not.toContain(clone.root);
    expect(first.code).toBe(0);

    const from = performance.now();
    const second = await prepare(clone);
    expect(second.stderr).toMatch(/^Set-up is in order \(\d\.\d s\)\.\n$/);
    expect(performance.now() - from).toBeLessThan(secondRunMsMax);
    expect(npmCalls(clone)).toEqual(['ci']);
  });

  test('says all that is missing at once, and every way out', async () => {
    const clone = cloneWithNpm();
    const { code, stderr } = await prepare(clone);
    expect(code).toBe(1);
    for (const part of [
      'Temporal server was not found',
      'S3 gateway was not found',
      'Go is not in PATH',
      'https://go.dev/dl',
      '`temporal` is in PATH',
      'WARDROUND_TEMPORAL_BIN',
      'WARDROUND_VERSITYGW_BIN',
    ]) {
      expect(stderr).toContain(part);
    }
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('passes on what npm said when the packages cannot be installed', async () => {
    const clone = cloneWithNpm(`console.error('npm error network unreachable'); process.exit(1);`);
    const { code, stderr } = await prepare(clone);
    expect(code).toBe(1);
    expect(stderr).toContain('| npm error network unreachable');
    expect(stderr).toContain('npm ci');
  });

  test('falls back to npm install when npm ci refuses the lockfile', async () => {
    const clone = cloneWithNpm(`if (args[0] === 'ci') { console.error('npm error code EUSAGE'); process.exit(1); }`);
    clone.program('temporal', fakeTemporal);
    clone.program('versitygw', fakeVersitygw);
    expect(await prepare(clone)).toMatchObject({ code: 0 });
    expect(npmCalls(clone)).toEqual(['ci', 'install']);
  });

  test('does not ask for development packages just to start', async () => {
    const clone = cloneWithNpm();
    clone.program('temporal', fakeTemporal);
    clone.program('versitygw', fakeVersitygw);
    const installed = { packages: { 'node_modules/a': { version: '1.0.0' } } };
    clone.file('node_modules/.package-lock.json', JSON.stringify(installed));
    await prepare(clone, { npm_lifecycle_event: 'prestart' });
    expect(npmCalls(clone)).toEqual([]);
    await prepare(clone, { npm_lifecycle_event: 'pretest' });
    expect(npmCalls(clone)).toEqual(['ci']);
  });
});

describe('a missing tool is built', () => {
  test('once, when two set-ups run at the same time', async () => {
    const clone = cloneWithGo();
    const both = await Promise.all([prepare(clone), prepare(clone)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(readFileSync(path.join(clone.root, 'go-calls'), 'utf8').match(/install/g)).toHaveLength(1);
    expect(toolFolder(clone)).toEqual(['versitygw-v1.8.0']);
  });

  test('anew after a killed one, whose lock and leftovers go', async () => {
    const clone = cloneWithGo();
    const tool = 'cache/wardround/tools/versitygw-v1.8.0';
    clone.file(`${tool}.partial-x/versitygw`, 'half a file');
    clone.file(`${tool}.lock`, '');
    const long = new Date(Date.now() - 3_600_000);
    utimesSync(path.join(clone.root, `${tool}.lock`), long, long);
    expect(await prepare(clone)).toMatchObject({ code: 0 });
    expect(toolFolder(clone)).toEqual(['versitygw-v1.8.0']);
  });

  test('and an interrupted set-up leaves nothing behind', async () => {
    const clone = cloneWithGo('while :; do /bin/sleep 0.05; done');
    const started = runNode(['infra/setup/prepare.cjs'], { env: environment(clone), cwd: clone.root }, () => {});
    await expect.poll(() => existsSync(path.join(clone.root, 'go-calls')), { timeout: 10_000 }).toBe(true);
    const { pid } = JSON.parse(
      readFileSync(path.join(clone.cache, 'wardround/tools/versitygw-v1.8.0.lock'), 'utf8'),
    ) as { pid: number };
    process.kill(pid, 'SIGTERM');
    expect(await started).toMatchObject({ code: 143 });
    expect(toolFolder(clone)).toEqual([]);
  });

  test('but not kept when it does not run', async () => {
    const clone = cloneWithGo(
      'printf "#!/bin/sh\\nexit 1\\n" > "$GOBIN/versitygw"; /bin/chmod +x "$GOBIN/versitygw"; exit 0',
    );
    const { code, stderr } = await prepare(clone);
    expect(code).toBe(1);
    expect(stderr).toContain('--version ended with exit code 1');
    expect(toolFolder(clone)).toEqual([]);
  });
});

function prepare(clone: Sandbox, extra: Record<string, string> = {}): Promise<Ended> {
  return runNode(['infra/setup/prepare.cjs'], { env: { ...environment(clone), ...extra }, cwd: clone.root });
}

function environment(clone: Sandbox): Record<string, string> {
  return { ...clone.env, npm_execpath: path.join(clone.root, 'npm-cli.js') };
}

/** A clone whose npm notes how it is called and pretends to install what the lockfile says. */
function cloneWithNpm(first = ''): Sandbox {
  const clone = sandbox();
  clone.file('package-lock.json', JSON.stringify(lock));
  clone.file(
    'npm-cli.js',
    `const fs = require('node:fs');
     const args = process.argv.slice(2);
     fs.appendFileSync('npm-calls', args[0] + '\\n');
     ${first}
     fs.mkdirSync('node_modules', { recursive: true });
     fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');`,
  );
  return clone;
}

/** Lacks only the S3 gateway, and has a Go that makes one (or does what is given). */
function cloneWithGo(instead = ''): Sandbox {
  const clone = cloneWithNpm();
  clone.file('node_modules/.package-lock.json', JSON.stringify(lock));
  clone.program('temporal', fakeTemporal);
  clone.program(
    'go',
    `case "$1" in
       version) echo "go version go1.26.4 linux/amd64"; exit 0;;
       env) echo local; exit 0;;
     esac
     echo "$1" >> "${clone.root}/go-calls"
     ${instead}
     /bin/sleep 0.3
     printf '#!/bin/sh\\n${fakeVersitygw}\\n' > "$GOBIN/versitygw"
     /bin/chmod +x "$GOBIN/versitygw"`,
  );
  return clone;
}

function npmCalls(clone: Sandbox): string[] {
  const file = path.join(clone.root, 'npm-calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function toolFolder(clone: Sandbox): string[] {
  return readdirSync(path.join(clone.cache, 'wardround', 'tools'));
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isRequired } from './requires.ts';

const runMsMax = 20_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

test('the last line counts what passed, failed and was skipped, and names why', () => {
  const { lines } = runProject({
    'tests.test.ts': `
      test('passes', () => {});
      test('fails', () => { throw new Error('no'); });
      test('is skipped', (context) => context.skip('needs sshd: not installed'));`,
  });
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 1 skipped');
  expect(lines).toContain('  needs sshd: not installed (1)');
});

test('a failing hook, a file that does not load and an error outside the tests count as failures', () => {
  const { lines, code } = runProject({
    'hook.test.ts': `describe('suite', () => { beforeAll(() => { throw new Error('no'); }); test('is not run', () => {}); });`,
    'load.test.ts': `await import('./not-there.ts');`,
    'unhandled.test.ts': `test('passes', () => { void Promise.reject(new Error('lost')); });`,
  });
  expect(lines.at(-1)).toBe('1 passed, 3 failed, 1 skipped');
  expect(lines).toContain('  not run: its suite failed (1)');
  expect(code).toBe(1);
});

test('a run that fails before any test is not reported as free of failures', () => {
  const { lines, code } = runProject({});
  expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  expect(code).toBe(1);
});

test('WARDROUND_REQUIRE names tools or all', () => {
  expect(isRequired('sshd', undefined)).toBe(false);
  expect(isRequired('sshd', 'browser')).toBe(false);
  expect(isRequired('sshd', 'browser, sshd')).toBe(true);
  expect(isRequired('sshd', 'all')).toBe(true);
});

/** Runs vitest with our reporter on a project of its own. */
function runProject(files: Readonly<Record<string, string>>): {
  readonly lines: string[];
  readonly code: number | null;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardround-reporter-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  const reporter = JSON.stringify(path.join(root, 'test', 'support', 'closing-line-reporter.ts'));
  writeFileSync(
    path.join(folder, 'vitest.config.ts'),
    `import { ClosingLineReporter } from ${reporter};
     export default { test: { globals: true, include: ['*.test.ts'], reporters: ['default', new ClosingLineReporter()] } };`,
  );
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const run = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', folder],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NO_COLOR: '1' },
      timeout: runMsMax,
    },
  );
  return { lines: run.stdout.trimEnd().split('\n'), code: run.status };
}

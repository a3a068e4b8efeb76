import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { codeProblems, importProblems, lengthProblems, pathProblems, textProblems } from './support/house-rules.ts';
import { readSource } from './support/imports.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = listFiles();
const sources = files.filter((file) => /\.(ts|cts|cjs|mjs)$/.test(file) && !file.includes('/fixtures/'));

describe('the house', () => {
  test('has only the agreed top-level entries, and names that say something', () => {
    expect(unique(files.flatMap(pathProblems))).toEqual([]);
  });

  test('keeps imports to the table', () => {
    expect(inSources((file, text) => importProblems(file, readSource(file, text)))).toEqual([]);
  });

  test('reads the environment in one place, prints in one place, and has no default exports', () => {
    expect(inSources((file, text) => codeProblems(file, readSource(file, text)))).toEqual([]);
  });

  test('holds no forgotten marks, lone tests, machine paths or registry hosts', () => {
    expect(files.filter(isText).flatMap((file) => textProblems(file, read(file)))).toEqual([]);
  });

  test('keeps source files short enough to describe in a sentence', () => {
    expect(inSources(lengthProblems)).toEqual([]);
  });
});

describe('the checks themselves find a planted', () => {
  test.each([
    [
      'effect in a workflow',
      'workflows/incident.ts',
      `import { readFile } from 'node:fs/promises'`,
      'do it in an activity',
    ],
    [
      'activity value in a workflow',
      'workflows/incident.ts',
      `import { scan } from '../activities/scan.ts'`,
      'import type',
    ],
    [
      'activity loaded for inline types',
      'workflows/incident.ts',
      `import { type Scan } from '../activities/scan.ts'`,
      'import type',
    ],
    [
      'knowledge in a workflow',
      'workflows/incident.ts',
      `import type { Probe } from '../kb/probe.ts'`,
      'do it in an activity',
    ],
    ['package in the domain', 'workflows/domain/approval.ts', `import { z } from 'zod'`, 'plain value'],
    ['re-export out of the domain', 'workflows/domain/ids.ts', `export * from '../messages.ts'`, 'plain value'],
    ['file access in kb', 'kb/records/load.ts', `const fs = await import('node:fs')`, 'adapter'],
    ['impure package in kb', 'kb/logs/parse.ts', `import pino from 'pino'`, 'adapter'],
    ['client outside the adapters', 'activities/recall.ts', `import { ChromaClient } from 'chromadb'`, 'port'],
    ['client in a worker', 'workers/api.ts', `import { S3Client } from '@aws-sdk/client-s3'`, 'port'],
    [
      'workflow in an activity',
      'activities/archive.ts',
      `import { incident } from '../workflows/incident.ts'`,
      'domain',
    ],
    [
      'detector in the simulator',
      'infra/cluster/node.ts',
      `import { detectors } from '../../kb/detectors/index.ts'`,
      'itself',
    ],
    ['workflow in infra', 'infra/stack/up.ts', `import { incident } from '../../workflows/incident.ts'`, 'parameters'],
    ['test in the product', 'workers/cli.ts', `import { fake } from '../test/support/fake.ts'`, 'tests'],
    ['bare node module', 'workers/cli.ts', `import fs from 'fs'`, 'node:fs'],
    ['missing extension', 'workers/cli.ts', `import { x } from './config'`, '.ts'],
    ['computed module in kb', 'kb/probes/index.ts', `await import(process.argv[2] ?? '')`, 'name the module'],
  ])('%s', (_what, file, code, advice) => {
    const problems = importProblems(file, readSource(file, code));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${file}:1`);
    expect(problems[0]).toContain(advice);
  });

  test.each([
    ['process.env', 'activities/scan.ts', 'const key = process.env.KEY', 'workers/config.ts'],
    ['destructured environment', 'workers/api.ts', 'const { env } = process', 'workers/config.ts'],
    ['console', 'activities/scan.ts', 'console.error(1)', 'logger'],
    ['default export', 'kb/probes/list.ts', 'export default []', 'name it'],
  ])('%s', (_what, file, code, advice) => {
    expect(codeProblems(file, readSource(file, code))).toEqual([expect.stringContaining(advice)]);
  });

  test.each([
    ['kb/a.ts', '// FIXME: wrong'],
    ['docs/a.md', 'TODO'],
    ['test/a.test.ts', 'test.only("x", () => {})'],
    ['test/a.test.ts', 'describe.skip("x", () => {})'],
    ['infra/a.yaml', 'path: /home/ann/x'],
    ['infra/a.ts', 'const cache = "/root/.cache"'],
    ['package-lock.json', '"resolved": "https://x.example/a.tgz"'],
  ])('banned text in %s: %s', (file, text) => {
    expect(textProblems(file, text)).toHaveLength(1);
  });

  test.each(['lib/index.ts', 'kb/utils/text.ts', 'workers/incident-manager.ts', 'kb/Detector.ts'])(
    'bad place %s',
    (file) => {
      expect(pathProblems(file)).toHaveLength(1);
    },
  );

  test('overlong file', () => {
    expect(lengthProblems('kb/a.ts', 'x\n'.repeat(401))).toHaveLength(1);
  });
});

describe('the checks leave alone', () => {
  test.each([
    [
      'workflows/incident.ts',
      `import type { Scan } from '../activities/scan.ts'; import { proxyActivities } from '@temporalio/workflow'`,
    ],
    ['kb/a.ts', `import { z } from 'zod'; import { ids } from '../workflows/domain/ids.ts'`],
    ['activities/adapters/nodes.ts', `import { Client } from 'ssh2'; import net from 'node:net'`],
    ['infra/cluster/node.ts', `import { Server } from 'ssh2'; import { categories } from '../../kb/taxonomy.ts'`],
    ['kb/a.ts', `const text = "import fs from 'fs'"; // import 'node:fs'\nconst pattern = /'import "node:fs"/`],
  ])('%s: %s', (file, code) => {
    expect(importProblems(file, readSource(file, code))).toEqual([]);
  });

  test('ordinary names, paths and words', () => {
    expect(['kb/catalog/xid.ts', 'test/incidents/a/service.log', '.ci/run'].flatMap(pathProblems)).toEqual([]);
    expect(textProblems('infra/a.ts', 'import "../work/x"; const framework = "net/root/x"; mktemp XXXXXX')).toEqual([]);
  });
});

function inSources(check: (file: string, text: string) => string[]): string[] {
  return sources.flatMap((file) => check(file, read(file)));
}

/** What git has or would take; ignored files are nobody's business. */
function listFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return unique(listed.split('\0')).filter((file) => file !== '' && existsSync(`${root}/${file}`));
}

function read(file: string): string {
  return readFileSync(`${root}/${file}`, 'utf8');
}

function isText(file: string): boolean {
  return !/\.(png|jpg|gif|ico|woff2?|gz|zip|bin|onnx|pb)$/.test(file);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProcessLog } from '../../../infra/stack/process-log.ts';
import { temporaryFolder } from '../../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('log');
});
afterEach(() => folder.remove());

test('a log beyond its bound is set aside, and the file stays bounded while it is written', async () => {
  const file = path.join(folder.path, 'server.log');
  writeFileSync(file, 'x'.repeat(200));
  const log = openProcessLog(file, 100);
  for (let line = 0; line < 50; line += 1) log.write(Buffer.from(`line ${line} of the server\n`));
  log.close();

  expect(readFileSync(file, 'utf8')).toContain('line 49');
  expect(statSync(file).size).toBeLessThan(150);
  expect(existsSync(`${file}.1`)).toBe(true);
  expect(log.lastLines().at(-1)).toBe('line 49 of the server');
  expect(log.lastLines().length).toBeLessThanOrEqual(12);
});

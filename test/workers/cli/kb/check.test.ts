import { cpSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { shippedRecordsFolder } from '../../../../activities/adapters/record-files.ts';
import { checkCommand } from '../../../../workers/cli/kb/check.ts';
import { temporaryFolder } from '../../../support/servers.ts';
import { runCli } from '../../support/cli-runs.ts';

const oneRecord = 'gpu-oom/a-few-very-long-samples-exhaust-memory.yaml';

it('a folder that is not there is named', async () => {
  const { exitCode, stderr } = await runCli(checkCommand, ['check', '/no/such/folder']);
  expect(stderr).toMatch(/\/no\/such\/folder is no folder/);
  expect(exitCode).toBe(2);
});

it("a site's few records need not be balanced, and one that cannot be read leaves the others as they are", async () => {
  const folder = temporaryFolder('kb-check');
  onTestFinished(() => folder.remove());
  cpSync(path.join(shippedRecordsFolder, oneRecord), path.join(folder.path, oneRecord), { recursive: true });
  const good = await runCli(checkCommand, ['check', folder.path, '--json']);
  expect(JSON.parse(good.stdout)).toMatchObject({ records: 1, problems: [] });
  expect(good.exitCode).toBe(0);
  symlinkSync('/no/such/file', path.join(folder.path, 'gpu-oom', 'gone.yaml'));
  const bad = await runCli(checkCommand, ['check', folder.path, '--json']);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    records: 1,
    problems: [{ place: 'gpu-oom/gone.yaml', message: 'cannot be read (ENOENT)' }],
  });
  expect(bad.exitCode).toBe(1);
});

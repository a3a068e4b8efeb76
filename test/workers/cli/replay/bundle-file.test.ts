import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAuditFile, writeBundleFile } from '../../../../workers/cli/replay/bundle-file.ts';
import { temporaryFolder } from '../../../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('bundle-file');
});
afterEach(() => folder.remove());

const files = new Map([['chart.md', new TextEncoder().encode('a chart')]]);

it.each(['a.tar', 'a.tar.gz'])('%s reads back as it was written', async (name) => {
  const file = join(folder.path, name);
  await writeBundleFile(file, files);
  const read = await readAuditFile(file);
  expect(read.kind === 'bundle' && new TextDecoder().decode(read.files.get('chart.md'))).toBe('a chart');
});

it('an existing file is not written over', async () => {
  const file = join(folder.path, 'a.tar');
  writeFileSync(file, 'mine');
  await expect(writeBundleFile(file, files)).rejects.toThrow('EEXIST');
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

it('a compressed file that unpacks to more than the bound is refused without being unpacked whole', async () => {
  const file = join(folder.path, 'bomb.tar.gz');
  const member = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
  writeFileSync(file, Buffer.concat(Array.from({ length: 17 }, () => member)));
  await expect(readAuditFile(file)).rejects.toMatchObject({ name: 'PortError', kind: 'malformed' });
}, 60_000);

it('a compressed file that was cut off is refused', async () => {
  const file = join(folder.path, 'a.tar.gz');
  await writeBundleFile(file, files);
  writeFileSync(file, readFileSync(file).subarray(0, -5));
  await expect(readAuditFile(file)).rejects.toMatchObject({ kind: 'malformed' });
});

it('what begins like JSON is one history', async () => {
  const file = join(folder.path, 'history.json');
  writeFileSync(file, '{"events":[]}');
  expect((await readAuditFile(file)).kind).toBe('history');
});

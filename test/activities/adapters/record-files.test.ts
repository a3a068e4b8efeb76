import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecordFiles } from '../../../activities/adapters/record-files.ts';
import { shippedRecallables, unreadRecords } from '../../../activities/adapters/shipped-records.ts';
import { exampleRecordValue } from '../../support/example-record.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wardround-records-'));
  await mkdir(path.join(folder, 'gpu-clock-throttle'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string) => writeFile(path.join(folder, 'gpu-clock-throttle', name), text);

describe('records from files', () => {
  it('reads those that are right and names file and field of the others', async () => {
    await write('slow-steps-locked-clock.yaml', JSON.stringify(exampleRecordValue));
    await write('bad-field.yaml', JSON.stringify({ ...exampleRecordValue, category: 'gremlins', id: 'bad-field' }));
    await write('bad-yaml.yaml', 'schema: 1\nid: [unclosed\n');
    await write('notes.txt', 'not a record');
    const { placed, problems } = await readRecordFiles(folder);
    expect(placed.map(({ place }) => place)).toEqual(['gpu-clock-throttle/slow-steps-locked-clock.yaml']);
    expect(problems).toEqual([
      expect.objectContaining({
        place: 'gpu-clock-throttle/bad-field.yaml',
        id: 'bad-field',
        message: expect.stringMatching(/^category: /),
      }),
      expect.objectContaining({
        place: 'gpu-clock-throttle/bad-yaml.yaml',
        message: expect.stringMatching(/\(3:1\)|line/),
      }),
    ]);
    expect(unreadRecords(problems)).toMatch(/^2 of the records cannot be read/);
  });

  it('recalls accepted ones only', async () => {
    await write('slow-steps-locked-clock.yaml', JSON.stringify(exampleRecordValue));
    await write('revoked-one.yaml', JSON.stringify({ ...exampleRecordValue, id: 'revoked-one', status: 'revoked' }));
    const { recallables, problems } = await shippedRecallables(folder);
    expect(recallables.map(({ id, category, trust }) => ({ id, category, trust }))).toEqual([
      { id: 'slow-steps-locked-clock', category: 'gpu-clock-throttle', trust: 1 },
    ]);
    expect(unreadRecords(problems)).toBeNull();
  });

  it('refuses what is too large to be a record', async () => {
    await write('huge.yaml', `schema: 1\nrawtext: ${'x'.repeat(70_000)}\n`);
    expect((await readRecordFiles(folder)).problems[0]?.message).toMatch(/at most 65536/);
  });
});

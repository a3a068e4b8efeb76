import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readQuestions } from '../../../activities/adapters/question-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'question-files-'));
  await Promise.all(['a', 'b'].map((part) => mkdir(path.join(folder, part))));
});
afterEach(() => rm(folder, { recursive: true }));

const extraction = {
  id: 'a-001',
  record: 'some-record',
  part: 'A',
  conversation: [
    { role: 'user', text: 'the job on 192.0.2.7 hangs' },
    { role: 'assistant', text: 'on which port?' },
  ],
  decoys: ['192.0.2.9'],
  expect: { hosts: [{ address: '192.0.2.7', port: 22 }], next: 'continue' },
};

test('reads questions in the order of their files, and only the part that is asked for', async () => {
  // JSON is YAML as well.
  await write('a/a-002.yaml', JSON.stringify({ ...extraction, id: 'a-002' }));
  await write('a/a-001.yaml', JSON.stringify(extraction));
  const all = await readQuestions(folder);
  expect(all.problems).toEqual([]);
  expect(all.questions.map(({ id }) => id)).toEqual(['a-001', 'a-002']);
  expect(await readQuestions(folder, 'B')).toEqual({ questions: [], problems: [] });
});

test('names file and field of what is wrong, and keeps the rest', async () => {
  await write('a/a-001.yaml', JSON.stringify(extraction));
  await write('a/a-002.yaml', JSON.stringify({ ...extraction, id: 'a-002', decoys: [] }));
  await write('a/a-003.yaml', JSON.stringify(extraction));
  await write('b/b-001.yaml', 'id: [');
  await write('b/a-001.yaml', JSON.stringify(extraction));
  const { questions, problems } = await readQuestions(folder);
  expect(questions.map(({ id }) => id)).toEqual(['a-001']);
  expect(problems.map(({ file, field }) => `${file} ${field}`)).toEqual([
    'a/a-002.yaml decoys',
    'a/a-003.yaml id',
    'b/a-001.yaml id',
    'b/b-001.yaml ',
  ]);
});

function write(name: string, text: string): Promise<void> {
  return writeFile(path.join(folder, name), text);
}

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  draftText,
  losesComments,
  readDraftFile,
  writeDraftFile,
} from '../../../activities/adapters/inventory-drafts.ts';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { draftSchema } from '../../../kb/inventory/draft.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { smallInventory } from '../../support/small-inventory.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('inventory-drafts');
});
afterEach(() => folder.remove());

const draft = draftSchema.parse(smallInventory());

describe('inventory files that are written', () => {
  test.each(['inventory.yaml', 'inventory.json'])(
    '%s says the same to the loader, and is the same when written again',
    (name) => {
      const file = path.join(folder.path, name);
      const text = draftText(file, draft, null);
      writeFileSync(file, text);
      expect(loadInventories(file).get('site-a')).toEqual(smallInventory());
      const read = readDraftFile(file);
      expect(read?.draft).toEqual(draft);
      expect(draftText(file, read!.draft, text)).toBe(text);
    },
  );

  test('the head of comments stays, the file before is kept beside', () => {
    const file = path.join(folder.path, 'inventory.yaml');
    const before = `# ours\n\n${draftText(file, draft, null)}`;
    writeFileSync(file, before);
    expect(losesComments(before)).toBe(false);
    expect(losesComments(before.replace('port: 2222', 'port: 2222 # sshd for tools'))).toBe(true);
    expect(losesComments("a: 'x # y'\n")).toBe(false);
    const after = draftText(file, { ...draft, mounts: ['/data'] }, before);
    expect(after.startsWith('# ours\n\nversion: 1\n')).toBe(true);
    expect(writeDraftFile(file, after, before)).toBe(`${file}.before`);
    expect([readFileSync(file, 'utf8'), readFileSync(`${file}.before`, 'utf8')]).toEqual([after, before]);
  });

  test('every field of a wrong form is named with file, line and place', () => {
    const file = path.join(folder.path, 'inventory.yaml');
    writeFileSync(file, 'cluster: site-a\nnodes:\n  - name: a\n    ssh: { host: x, port: 0 }\n    rak: r1\n');
    expect(() => readDraftFile(file)).toThrow(
      /inventory\.yaml:4 nodes\.0\.ssh\.port: [^]*inventory\.yaml:3 nodes\.0: .*rak/,
    );
    expect(readDraftFile(path.join(folder.path, 'none.yaml'))).toBeNull();
  });
});

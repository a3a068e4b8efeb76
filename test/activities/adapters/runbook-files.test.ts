import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRunbooks } from '../../../activities/adapters/runbook-files.ts';
import { temporaryFolder } from '../../support/servers.ts';

const folder = temporaryFolder('runbook-files');
afterAll(() => folder.remove());

function aFolder(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = path.join(folder.path, name);
  mkdirSync(root, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
  return root;
}

describe('a folder of runbooks', () => {
  it('names every Markdown file that it does not take, and why', async () => {
    const root = aFolder('odd', {
      'good.md': '# Good\n\nSeat it.',
      'bad.md': new Uint8Array([0x61, 0xff, 0xfe]),
      'cursor\u001b[31m.md': '# A\n\ntext',
      'turned\u202e.md': '# A\n\ntext',
    });
    symlinkSync('/etc/passwd', path.join(root, 'link.md'));
    symlinkSync(root, path.join(root, 'circle'));
    mkdirSync(path.join(root, 'folder.md'));
    const { documents, skipped } = await readRunbooks(root, 'odd');
    expect(documents.map((one) => one.path)).toEqual(['odd/good.md']);
    expect(Object.fromEntries(skipped.map((one) => [one.path, one.why]))).toEqual({
      'odd/bad.md': 'binary: no UTF-8 text',
      'odd/cursor\u001b[31m.md': 'its path holds a control character',
      'odd/turned\u202e.md': 'its path holds a control character',
      'odd/link.md': 'a link: links are not followed',
    });
  });

  it('is refused when it holds more than can be kept', async () => {
    const page = `# Page\n\n${'word '.repeat(100_000)}`;
    const files = Object.fromEntries(Array.from({ length: 140 }, (_, index) => [`page-${index}.md`, page]));
    await expect(readRunbooks(aFolder('heavy', files), 'heavy')).rejects.toThrow('more than 67108864 bytes');
  });
});

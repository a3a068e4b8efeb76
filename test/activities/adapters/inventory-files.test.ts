import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadInventories } from '../../../activities/adapters/inventory-files.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { smallInventory } from '../../support/small-inventory.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('inventory');
});
afterEach(() => folder.remove());

function write(name: string, content: unknown): string {
  const file = path.join(folder.path, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('inventory files', () => {
  test('a file gives one cluster, a folder all of its files', () => {
    const file = write('a.json', smallInventory());
    write('b.json', smallInventory({ cluster: 'site-b' }));
    write('notes.txt', 'not an inventory');
    expect([...loadInventories(file).keys()]).toEqual(['site-a']);
    expect([...loadInventories(folder.path).keys()]).toEqual(['site-a', 'site-b']);
  });

  test('YAML does as well as JSON, and a wrong field is named with its line', () => {
    const text = JSON.stringify(smallInventory(), null, 2);
    expect([...loadInventories(write('a.yaml', `# ours\n${text}\n`)).keys()]).toEqual(['site-a']);
    expect([...loadInventories(folder.path).keys()]).toEqual(['site-a']);
    const broken = write('b.yml', 'cluster: a\nlogs:\n  bucket: x\n');
    expect(() => loadInventories(broken)).toThrow(/logs\.bucket: .* \(line 3\)/);
    expect(() => loadInventories(write('b.yml', 'a: [1\nb: 2\n'))).toThrow(/b\.yml:\d+: /);
  });

  test('a wrong field is named with file and place', () => {
    const inventory = smallInventory();
    const [node, ...others] = inventory.nodes;
    const file = write('a.json', { ...inventory, nodes: [{ ...node, ssh: { ...node?.ssh, port: 0 } }, ...others] });
    expect(() => loadInventories(file)).toThrow(new RegExp(`${file}:\\n {2}nodes\\.0\\.ssh\\.port: `));
  });

  test('a job on a GPU that does not exist is named', () => {
    const inventory = smallInventory();
    const file = write('a.json', { ...inventory, nodes: inventory.nodes.slice(0, 1) });
    expect(() => loadInventories(file)).toThrow(/job pretrain rank 2: no GPU 0 on node-02/);
  });

  test('a file that is not JSON, a missing file and an empty folder say so', () => {
    expect(() => loadInventories(write('a.json', '{"version": 1,'))).toThrow(/a\.json: not JSON/);
    expect(() => loadInventories(path.join(folder.path, 'gone.json'))).toThrow(
      /no such file or folder; WARDROUND_INVENTORY/,
    );
    expect(() => loadInventories(folder.of('empty'))).toThrow(/holds no \.json, \.yaml or \.yml file/);
  });

  test('two files for one cluster are an error', () => {
    write('a.json', smallInventory());
    write('b.json', smallInventory());
    expect(() => loadInventories(folder.path)).toThrow(/another file of .* describes cluster site-a/);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults } from '../../../../infra/cluster/faults/index.ts';

/*
 * A rule of the house: what a fault shows is held against numbers from outside. Tests of that are in `plausibility/`; each
 * names its fault, has numbers to compare with, and is in a file that says where they come from.
 */

const root = join(import.meta.dirname, '..');
const folder = join(root, 'plausibility');
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => ({ name: `plausibility/${name}`, text: readFileSync(join(folder, name), 'utf8') }));

/** The oldest ones have files of their own beside the physics that was written for them. */
const elsewhere: Readonly<Record<string, string>> = {
  'disk-full': 'physics/disk-full.test.ts',
  'gpu-ecc-row-remap': 'faults/gpu-ecc-row-remap.test.ts',
  'gpu-power-cap': 'physics/coupling.test.ts',
  'host-oom': 'physics/host-oom.test.ts',
  'ib-port-flap': 'faults/ib-port-flap.test.ts',
};

const filesAbout = (id: string) => {
  const other = elsewhere[id];
  const named = texts.filter(({ text }) => text.includes(`'${id}'`) || text.includes(`'${id}:`));
  return other === undefined ? named : [...named, { name: other, text: readFileSync(join(root, other), 'utf8') }];
};
/** Its twin is looked at with it, and reads the same. */
const looked = faults.map((fault) => {
  const files = filesAbout(fault.id);
  return [fault.id, files.length === 0 && fault.twin !== undefined ? filesAbout(fault.twin) : files] as const;
});

const comparison = /toBe(?:GreaterThan|LessThan|CloseTo)\w*\(|toHaveLength\(\d|toMatch\(\s*\/[^/]*\\?d|toBe\(\s*'?\d/;
const source =
  /https?:\/\/|arXiv|doi |guide|manual|data sheet|specification|RFC|ASHRAE|source: '|\.[ch](?:c|pp)?\b|Linux|nvml|ipmitool|README|their sources/i;

describe.each(looked)('%s', (_id, files) => {
  it('is held against numbers, in a file that names their source', () => {
    expect(files.map(({ name }) => name)).not.toEqual([]);
    const good = files.filter(({ text }) => comparison.test(text) && source.test(text)).map(({ name }) => name);
    expect(good).not.toEqual([]);
  });
});

it('excepts no more than the five oldest, which are where it says', () => {
  expect(Object.keys(elsewhere)).toHaveLength(5);
  for (const [id, file] of Object.entries(elsewhere))
    expect(readFileSync(join(root, file), 'utf8')).toContain(`'${id}'`);
});

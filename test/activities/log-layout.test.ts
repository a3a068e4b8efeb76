import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedSources, keyPlacer, sharedPrefix, timedPrefixes } from '../../activities/log-layout.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { GatherPlan } from '../../workflows/domain/phase-data.ts';
import { kernelKey, rankKey, smallInventory } from '../support/small-inventory.ts';

const plan = (changes: Partial<GatherPlan> = {}): GatherPlan => ({
  handlerId: 'any',
  job: 'pretrain',
  nodes: ['node-01', 'node-02'],
  alertAtMs: 0,
  fromMs: 0,
  toMs: 1,
  logs: ['rank', 'kernel'],
  metrics: [],
  firstProbes: [],
  knowledgeDigest: '',
  readyInMs: 0,
  ...changes,
});

const names = (inventory: Inventory, changes: Partial<GatherPlan>) =>
  expectedSources(inventory, plan(changes)).map(({ name }) => name);

function layout(rank: string): Inventory {
  const inventory = smallInventory();
  return { ...inventory, logs: { ...inventory.logs, rank } };
}

describe('expected sources', () => {
  test('a job means all of its ranks, wherever they run, and the kernels of the named nodes', () => {
    expect(names(smallInventory(), { nodes: ['node-01'] })).toEqual([
      'rank 0 of pretrain (node-01)',
      'rank 1 of pretrain (node-01)',
      'rank 2 of pretrain (node-02)',
      'rank 3 of pretrain (node-02)',
      'kernel of node-01',
    ]);
  });

  test('without a job, only the ranks on the named nodes', () => {
    expect(names(smallInventory(), { job: null, nodes: ['node-02'], logs: ['rank'] })).toEqual([
      'rank 2 of pretrain (node-02)',
      'rank 3 of pretrain (node-02)',
    ]);
  });
});

describe('keys', () => {
  const inventory = smallInventory();
  const sources = expectedSources(inventory, plan());
  const place = keyPlacer(inventory, sources);

  test('a rank key and a kernel key are placed', () => {
    expect(place(rankKey(2, 120_000))).toMatchObject({
      source: { rank: 2, node: 'node-02' },
      fromMs: 120_000,
      toMs: 180_000,
    });
    expect(place(kernelKey('node-01', 60_000))).toMatchObject({
      source: { kind: 'kernel', node: 'node-01' },
      fromMs: 60_000,
    });
  });

  test.each([
    'logs/site-a/pretrain/rank-00009/0-60000.log',
    'logs/site-a/other/rank-00001/0-60000.log',
    'logs/site-b/pretrain/rank-00001/0-60000.log',
    'logs/site-a/pretrain/rank-00001/0-60000.log.gz',
    'logs/site-a/node-09/kernel/0-60000.log',
  ])('%s belongs to nobody here', (key) => {
    expect(place(key)).toBeNull();
  });

  test('sources of one job share a listing, kernels another', () => {
    expect(new Set(sources.map((source) => sharedPrefix(inventory, source)))).toEqual(
      new Set(['logs/site-a/pretrain/rank-', 'logs/site-a/']),
    );
  });

  test('a layout with times before ranks is read and listed as well', () => {
    const other = layout('raw/{cluster}/{job}/{fromMs}-{toMs}/{node}-{rank}.log');
    const [first] = expectedSources(other, plan());
    if (first === undefined) throw new Error('the small inventory has ranks');
    expect(keyPlacer(other, [first])('raw/site-a/pretrain/60000-120000/node-01-00000.log')).toMatchObject({
      fromMs: 60_000,
      toMs: 120_000,
    });
    expect(timedPrefixes(other, first, 1_795_000_000_000, 1_795_000_100_000)).toEqual([
      'raw/site-a/pretrain/17950000',
      'raw/site-a/pretrain/17950001',
    ]);
  });

  test('every window that begins in the time is under a timed prefix, and there are at most two', () => {
    const [source] = sources;
    if (source === undefined) throw new Error('the small inventory has ranks');
    const times = fc.tuple(
      fc.integer({ min: 1, max: 2_000_000_000_000 }),
      fc.integer({ min: 0, max: 1_000_000_000 }),
      fc.nat({ max: 1_000 }),
    );
    fc.assert(
      fc.property(times, ([fromMs, lengthMs, thousandth]) => {
        const prefixes = timedPrefixes(inventory, source, fromMs, fromMs + lengthMs);
        const startMs = fromMs + Math.floor((lengthMs * thousandth) / 1_000);
        expect(prefixes.length).toBeLessThanOrEqual(2);
        expect(prefixes.some((prefix) => rankKey(0, startMs).startsWith(prefix))).toBe(true);
      }),
    );
  });

  test('an hour of a year is narrowed to hours, not to the year', () => {
    const [source] = sources;
    if (source === undefined) throw new Error('the small inventory has ranks');
    const [prefix] = timedPrefixes(inventory, source, 1_795_000_000_000, 1_795_003_600_000);
    expect(prefix).toBe('logs/site-a/pretrain/rank-00000/179500');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesBetween } from '../../../kb/inventory/changes.ts';
import { checkDraft } from '../../../kb/inventory/check.ts';
import { draftSchema, type Draft, type Gathered } from '../../../kb/inventory/draft.ts';
import { fromSlurm } from '../../../kb/inventory/from-slurm.ts';
import { fillFrom, gatheredOf } from '../../../kb/inventory/from-draft.ts';
import { merge } from '../../../kb/inventory/merge.ts';
import { addFacts } from '../../../kb/inventory/node-facts.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { slurmJobLine, slurmNodeLine } from './outputs.ts';

const plain = { overwrite: false, prune: false };
const empty = draftSchema.parse({ cluster: 'site-a' });
const slurm = (text: string) => fromSlurm([{ name: 'in', text }]);
const twoNodes = slurmNodeLine('node-01') + slurmNodeLine('node-02');

describe('merging a source into an inventory', () => {
  test('what a person wrote is kept against the source, and said', () => {
    const first = merge(empty, slurm(slurmNodeLine('node-01', { addr: '10.0.0.1' })), plain).draft;
    const [node] = first.nodes;
    const edited = {
      ...first,
      nodes: [{ ...node!, rack: 'r1', ssh: { ...node!.ssh, host: 'node-01.mgmt', user: 'probe' } }],
    };
    const { draft, notes } = merge(
      edited,
      slurm(slurmNodeLine('node-01', { addr: '10.0.0.1' }) + slurmNodeLine('node-02')),
      plain,
    );
    expect(draft.nodes.map(({ name }) => name)).toEqual(['node-01', 'node-02']);
    expect(draft.nodes[0]).toEqual(edited.nodes[0]);
    expect(notes).toContainEqual(
      expect.objectContaining({ kind: 'conflict', text: 'ssh.host: node-01.mgmt kept; the source says 10.0.0.1' }),
    );
  });

  test('a job that moved is where the scheduler says; an order of ranks that a person put right stays', () => {
    const job = slurmJobLine(7);
    const first = merge(empty, slurm(twoNodes + slurmNodeLine('node-03') + job), plain).draft;
    const turned = first.jobs[0]!.ranks.map(({ node, gpu }, rank) => ({
      rank,
      node: node === 'node-01' ? 'node-02' : 'node-01',
      gpu,
    }));
    const edited: Draft = {
      ...first,
      jobs: [
        { ...first.jobs[0]!, ranks: turned, framework: 'megatron-lm', rendezvous: { host: 'node-02', port: 29500 } },
      ],
    };
    expect(merge(edited, slurm(twoNodes + job), plain).draft.jobs).toEqual(edited.jobs);
    const moved = merge(
      edited,
      slurm(twoNodes + slurmNodeLine('node-03') + slurmJobLine(7, { nodes: 'node-[01,03]' })),
      plain,
    ).draft.jobs[0];
    expect(moved).toMatchObject({ framework: 'megatron-lm' });
    expect(new Set(moved?.ranks.map(({ node }) => node))).toEqual(new Set(['node-01', 'node-03']));
    expect(moved?.rendezvous).toBeUndefined();
  });

  test('what the source no longer lists stays until it is pruned', () => {
    const first = merge(empty, slurm(twoNodes + slurmJobLine(7)), plain).draft;
    const later = slurm(slurmNodeLine('node-01') + slurmJobLine(8, { state: 'PENDING' }));
    const kept = merge(first, later, plain);
    expect([kept.draft.nodes.length, kept.draft.jobs.length]).toEqual([2, 1]);
    expect(kept.notes.filter(({ text }) => text.includes('--prune')).map(({ about }) => about)).toEqual([
      'node-02',
      'pretrain',
    ]);
    const pruned = merge(first, later, { ...plain, prune: true }).draft;
    expect([pruned.nodes.length, pruned.jobs.length]).toEqual([1, 0]);
  });

  test('a count of GPUs that differs is not followed unless it is told to, and UUIDs stay', () => {
    const before = draftSchema.parse(smallInventory());
    const source = slurm(slurmNodeLine('node-01'));
    expect(merge(before, source, plain).draft.nodes[0]).toEqual(before.nodes[0]);
    const after = merge(before, source, { ...plain, overwrite: true }).draft.nodes[0];
    expect(after?.gpus).toHaveLength(8);
    expect(after?.gpus[1]).toEqual(before.nodes[0]?.gpus[1]);
    expect(after?.ssh.hostKeys).toEqual(before.nodes[0]?.ssh.hostKeys);
  });

  test('an inventory file as a source fills another one to the same', () => {
    const whole = draftSchema.parse(smallInventory());
    const bare = draftSchema.parse({ cluster: 'site-a' });
    const merged = merge(bare, gatheredOf(whole), plain).draft;
    const { draft } = fillFrom(merged, whole, false);
    expect(changesBetween(whole, draft)).toEqual([]);
    expect(checkDraft(draft).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('facts of nodes', () => {
  const facts = (uuid: string) =>
    new Map([
      [
        'node-01',
        {
          gpus: [{ index: 0, uuid, pciBusId: '00000000:07:00.0', model: 'NVIDIA A800-SXM4-80GB' }],
          hcas: [{ name: 'mlx5_0', port: 1 }],
          missing: [],
        },
      ],
    ]);
  const one = 'GPU-11111111-1111-1111-1111-111111111111';
  const other = 'GPU-22222222-2222-2222-2222-222222222222';

  test('fill what a scheduler could not say, and give its model the exact name', () => {
    const before = merge(empty, slurm(slurmNodeLine('node-01', { gres: 'gpu:a800:1' })), plain).draft;
    const { draft, notes } = addFacts(before, facts(one), false);
    expect(draft.nodes[0]?.gpus).toEqual([
      { index: 0, uuid: one, pciBusId: '00000000:07:00.0', model: 'NVIDIA A800-SXM4-80GB' },
    ]);
    expect(draft.nodes[0]?.hcas).toEqual([{ name: 'mlx5_0', port: 1 }]);
    expect(notes).toEqual([]);
  });

  test('a GPU that was exchanged is named and not followed', () => {
    const before = addFacts(
      merge(empty, slurm(slurmNodeLine('node-01', { gres: 'gpu:a800:1' })), plain).draft,
      facts(one),
      false,
    ).draft;
    const kept = addFacts(before, facts(other), false);
    expect(kept.draft).toEqual(before);
    expect(kept.notes).toContainEqual(
      expect.objectContaining({ kind: 'conflict', text: expect.stringContaining(other) }),
    );
    expect(addFacts(before, facts(other), true).draft.nodes[0]?.gpus[0]?.uuid).toBe(other);
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'd');
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const node = fc.record({
  name: fc.constantFrom('n1', 'n2', 'n3', 'n4'),
  host: maybe(word),
  user: maybe(word),
  rack: maybe(word),
  gpus: fc.integer({ min: 0, max: 3 }),
  model: maybe(fc.constantFrom('a800', 'NVIDIA A800-SXM4-80GB', 'h100')),
});
const job = fc.record({
  name: fc.constantFrom('j1', 'j2'),
  places: fc.uniqueArray(fc.constantFrom('n1/0', 'n1/1', 'n2/0', 'n3/2'), { minLength: 1 }),
});
const gathered = fc
  .record({
    nodes: fc.uniqueArray(node, { selector: ({ name }) => name, minLength: 1 }),
    jobs: fc.option(fc.uniqueArray(job, { selector: ({ name }) => name })),
  })
  .map(({ nodes, jobs }): Gathered => ({
    nodes: nodes.map(({ name, host, user, rack, gpus, model }) => ({
      name,
      ssh: { ...(host === undefined ? {} : { host }), ...(user === undefined ? {} : { user }) },
      ...(rack === undefined ? {} : { rack }),
      gpus: Array.from({ length: gpus }, (_, index) => ({ index, ...(model === undefined ? {} : { model }) })),
    })),
    jobs:
      jobs?.map(({ name, places }) => ({
        name,
        framework: 'unknown',
        ranks: places.map((place, rank) => ({ rank, node: place.slice(0, 2), gpu: Number(place.slice(3)) })),
      })) ?? null,
    jumpHosts: [],
    notes: [],
  }));

describe('importing again', () => {
  test('changes nothing, whatever was there and whatever the options', () => {
    fc.assert(
      fc.property(gathered, gathered, fc.boolean(), fc.boolean(), (earlier, source, overwrite, prune) => {
        const before = merge(empty, earlier, plain).draft;
        const once = merge(before, source, { overwrite, prune, user: 'probe' }).draft;
        const again = merge(once, source, { overwrite, prune, user: 'probe' }).draft;
        expect(again).toEqual(once);
        expect(changesBetween(once, again)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('without overwriting, no field of a node that had a value gets another one', () => {
    fc.assert(
      fc.property(gathered, gathered, (earlier, source) => {
        const before = merge(empty, earlier, plain).draft;
        const after = merge(before, source, plain).draft;
        const changed = changesBetween(before, after).filter(
          ({ place, before: was }) => place.startsWith('nodes.') && was !== undefined,
        );
        expect(changed).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

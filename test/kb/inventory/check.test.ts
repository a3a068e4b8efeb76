import { describe, expect, test } from 'vitest';
import { checkDraft } from '../../../kb/inventory/check.ts';
import { draftSchema, type Draft } from '../../../kb/inventory/draft.ts';
import { smallInventory } from '../../support/small-inventory.ts';

const distinct = (): Draft => {
  const draft = draftSchema.parse(smallInventory());
  return {
    ...draft,
    nodes: draft.nodes.map((node, at) => ({
      ...node,
      ssh: { ...node.ssh, hostKeys: [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${at}A==`] },
    })),
  };
};
const found = (change: (draft: Draft) => Draft) =>
  checkDraft(change(distinct())).map(({ severity, path, message }) => `${severity} ${path.join('.')}: ${message}`);
const firstNode = (draft: Draft, node: Partial<Draft['nodes'][number]>): Draft => ({
  ...draft,
  nodes: [{ ...draft.nodes[0]!, ...node }, draft.nodes[1]!],
});

describe('checking an inventory', () => {
  test('nothing is wrong with a whole one', () => expect(found((draft) => draft)).toEqual([]));

  test.each<[string, (draft: Draft) => Draft, string]>([
    ['no logs', ({ logs: _logs, ...draft }) => draft, 'error logs: where logs are shipped'],
    [
      'no host key',
      (d) => firstNode(d, { ssh: { ...d.nodes[0]!.ssh, hostKeys: [] } }),
      'error nodes.0.ssh.hostKeys: node-01: no host key',
    ],
    [
      'no UUID',
      (d) => firstNode(d, { gpus: [{ index: 0 }, d.nodes[0]!.gpus[1]!] }),
      'error nodes.0.gpus: node-01: no uuid of GPU 0',
    ],
    [
      'a UUID twice',
      (d) =>
        firstNode(d, { gpus: [d.nodes[0]!.gpus[0]!, { ...d.nodes[0]!.gpus[1]!, uuid: d.nodes[0]!.gpus[0]!.uuid }] }),
      'error nodes.0.gpus.1.uuid: the UUID',
    ],
    [
      'one address twice',
      (d) => firstNode(d, { ssh: { ...d.nodes[0]!.ssh, host: d.nodes[1]!.ssh.host } }),
      'are both reached at',
    ],
    ['a name twice', (d) => firstNode(d, { name: 'node-02' }), 'error nodes.1.name: the name node-02 stands twice'],
    [
      'a rank without a node',
      (d) => ({ ...d, nodes: d.nodes.slice(0, 1) }),
      'error jobs.0.ranks: pretrain: ranks on node-02, which is no node',
    ],
    [
      'a rank without a GPU',
      (d) => firstNode(d, { gpus: d.nodes[0]!.gpus.slice(0, 1) }),
      'error jobs.0.ranks.1: pretrain: rank 1 on GPU 1',
    ],
    [
      'a gap in the ranks',
      (d) => ({ ...d, jobs: [{ ...d.jobs[0]!, ranks: d.jobs[0]!.ranks.slice(1) }] }),
      'ranks are not 0 to 2',
    ],
    [
      'no such jump host',
      (d) => firstNode(d, { ssh: { ...d.nodes[0]!.ssh, jump: 'gone' } }),
      'error nodes.0.ssh.jump: node-01: there is no jump host gone',
    ],
    [
      'one key for two hosts',
      (d) => firstNode(d, { ssh: { ...d.nodes[0]!.ssh, hostKeys: d.nodes[1]!.ssh.hostKeys } }),
      'warning nodes.1.ssh.hostKeys: 2 hosts have one host key',
    ],
    ['a clock of a simulation', (d) => ({ ...d, clock: { ...d.clock, rate: 20 } }), 'warning clock: '],
  ])('%s', (_what, change, problem) => {
    expect(found(change)).toContainEqual(expect.stringContaining(problem));
  });

  test('all of it is said, not only the first', () => {
    const problems = found(({ logs: _logs, ...draft }) => ({
      ...draft,
      nodes: draft.nodes.map((node) => ({ ...node, ssh: { ...node.ssh, hostKeys: [] } })),
    }));
    expect(problems).toHaveLength(3);
  });

  test('a circle of jump hosts is found', () => {
    const ssh = { host: 'j', port: 22, user: 'u', hostKeys: ['ssh-ed25519 AAAA'] };
    const problems = found((draft) => ({
      ...draft,
      jumpHosts: [
        { name: 'a', ssh: { ...ssh, host: 'a', jump: 'b' } },
        { name: 'b', ssh: { ...ssh, host: 'b', jump: 'a' } },
      ],
    }));
    expect(problems).toContainEqual(expect.stringContaining('the way to it does not end'));
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupsOfIni } from '../../../kb/inventory/ansible-ini.ts';
import { groupsOfList, groupsOfYaml } from '../../../kb/inventory/ansible-model.ts';
import { readSshArgs } from '../../../kb/inventory/ansible-ssh.ts';
import { draftNodeSchema, SourceError } from '../../../kb/inventory/draft.ts';
import { fromAnsible } from '../../../kb/inventory/from-ansible.ts';
import { fromKubernetes } from '../../../kb/inventory/from-kubernetes.ts';
import { fromSlurm } from '../../../kb/inventory/from-slurm.ts';
import { readKnownHosts } from '../../../kb/inventory/known-hosts.ts';
import { merge } from '../../../kb/inventory/merge.ts';
import { draftSchema, type Gathered } from '../../../kb/inventory/draft.ts';
import { gpuLabels, kubernetesNode, slurmJobLine, slurmNodeLine } from './outputs.ts';

/** What a reader of foreign text may do: answer, or say where the text is wrong. */
function answer<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

/** A text with a piece cut out, exchanged or put in. */
const damaged = (text: string) =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.nat(30),
      fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('[', '=', '\n', '"', '{{', '-'.repeat(300), '\u202e')),
    )
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));

const slurm = slurmNodeLine('node-01') + slurmNodeLine('node-02') + slurmJobLine(7);
const ini = `[gpu]\nnode[01:03] ansible_user=ops\n[gpu:vars]\nansible_ssh_common_args='-J ops@a.example.com:22'\n`;
const keys = '10.0.0.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAA\n';
const node = JSON.stringify(
  kubernetesNode('node-1', { labels: { ...gpuLabels, 'topology.kubernetes.io/rack': 'r1' } }),
);

describe('damaged input', () => {
  test.each<[string, string, (text: string) => Gathered]>([
    ['Slurm', slurm, (text) => fromSlurm([{ name: 'in', text }])],
    ['Ansible, INI', ini, (text) => fromAnsible(groupsOfIni({ name: 'in', text }), [], 'in')],
  ])('%s: gives nodes that an inventory takes, or the place of what is wrong', (_what, good, read) => {
    fc.assert(
      fc.property(damaged(good), (text) => {
        const gathered = answer(() => read(text));
        const { nodes } = merge(
          draftSchema.parse({ cluster: 'a' }),
          gathered ?? { nodes: [], jobs: null, jumpHosts: [], notes: [] },
          { overwrite: false, prune: false },
        ).draft;
        for (const one of nodes) expect(draftNodeSchema.safeParse(one).error).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('any JSON is read as Kubernetes and Ansible know it, or refused with its place', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      damaged(node).map((text) => answer(() => parsed(text))),
    );
    fc.assert(
      fc.property(values, (value) => {
        for (const read of [
          () => fromKubernetes(value, 'in'),
          () => groupsOfList('in', value),
          () => groupsOfYaml('in', value),
        ])
          expect(() => answer<unknown>(read)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test('any text is read as SSH arguments and as known hosts, or refused with its place', () => {
    fc.assert(
      fc.property(fc.string(), damaged(keys), (args, text) => {
        expect(readSshArgs(args).jumps.every(({ ssh }) => !/\s/.test(ssh.host ?? ''))).toBe(true);
        expect(() => answer(() => readKnownHosts({ name: 'in', text }))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

import { describe, expect, test } from 'vitest';
import { groupsOfIni } from '../../../kb/inventory/ansible-ini.ts';
import { groupsOfList, groupsOfYaml } from '../../../kb/inventory/ansible-model.ts';
import { readSshArgs } from '../../../kb/inventory/ansible-ssh.ts';
import { fromAnsible } from '../../../kb/inventory/from-ansible.ts';

// Forms of https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html; the jump host as in
// https://docs.ansible.com/ansible/latest/reference_appendices/faq.html (jump hosts).
const ini = `# GPU cluster
bastion ansible_host=203.0.113.10

[gpu]
node[01:03] rack=r1   # three of them
node04:2222 ansible_user=ann ansible_ssh_common_args='-o ProxyCommand="ssh -p 22 -W %h:%p -q ann@jump2.example.com"'

[gpu:vars]
ansible_user=ops
ansible_ssh_common_args='-o StrictHostKeyChecking=no -o ProxyJump=ops@203.0.113.10:2200'
ansible_ssh_pass=hunter2

[old]
box ansible_connection=local

[cluster:children]
gpu
old
`;
const list = {
  _meta: {
    hostvars: {
      'gpu-01.example.com': { ansible_host: '10.1.0.1', ansible_port: 2222, ansible_user: 'probe', bmc: '10.9.0.1' },
      'GPU-02.example.com': { ansible_host: '{{ lookup("env", "X") }}' },
    },
  },
  all: { children: ['ungrouped', 'gpu'] },
  gpu: { hosts: ['gpu-01.example.com', 'GPU-02.example.com'] },
};

describe('an inventory from Ansible', () => {
  test('reads the INI form: ranges, groups, variables, the way over a jump host', () => {
    const { nodes, jumpHosts, notes } = fromAnsible(groupsOfIni({ name: 'hosts', text: ini }), ['gpu'], 'hosts');
    expect(nodes.map(({ name }) => name)).toEqual(['node01', 'node02', 'node03', 'node04']);
    expect(nodes[0]).toEqual({ name: 'node01', ssh: { user: 'ops', jump: '203.0.113.10' }, gpus: [], rack: 'r1' });
    expect(nodes[3]).toMatchObject({ ssh: { port: 2222, user: 'ann', jump: 'jump2.example.com' } });
    expect(jumpHosts).toEqual([
      { name: '203.0.113.10', ssh: { host: '203.0.113.10', port: 2200, user: 'ops' } },
      { name: 'jump2.example.com', ssh: { host: 'jump2.example.com', port: 22, user: 'ann' } },
    ]);
    expect(notes).toContainEqual(expect.objectContaining({ about: 'bastion', kind: 'left-out' }));
    expect(notes).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('host keys are always verified') }),
    );
    expect(JSON.stringify({ nodes, jumpHosts, notes })).not.toContain('hunter2');
  });

  test('a group of groups takes the hosts of both, and leaves out what is not reached by SSH', () => {
    const { nodes, notes } = fromAnsible(groupsOfIni({ name: 'hosts', text: ini }), ['cluster'], 'hosts');
    expect(nodes).toHaveLength(4);
    expect(notes).toContainEqual({ kind: 'left-out', about: 'box', text: 'connection local, which is not SSH' });
  });

  test('reads ansible-inventory --list, and does not guess templates', () => {
    const { nodes, notes } = fromAnsible(groupsOfList('list.json', list), [], 'list.json');
    expect(nodes[0]).toMatchObject({ ssh: { host: '10.1.0.1', port: 2222, user: 'probe' }, bmc: '10.9.0.1' });
    expect(nodes[1]).toEqual({ name: 'gpu-02.example.com', ssh: {}, gpus: [] });
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'not-told', about: 'GPU-02.example.com' }));
  });

  test('reads the YAML form, where the nearer group wins', () => {
    const groups = groupsOfYaml('hosts.yaml', {
      all: {
        vars: { ansible_user: 'far', ansible_port: 22 },
        children: {
          gpu: { hosts: { 'node[1:2]': null, node9: { ansible_user: 'own' } }, vars: { ansible_user: 'near' } },
        },
      },
    });
    const { nodes } = fromAnsible(groups, [], 'hosts.yaml');
    expect(nodes.map(({ name, ssh }) => [name, ssh.user, ssh.port])).toEqual([
      ['node1', 'near', 22],
      ['node2', 'near', 22],
      ['node9', 'own', 22],
    ]);
  });

  test.each([
    ['an open quote', '[gpu]\nnode1 x="y\n', /^hosts:2: a quote/],
    ['a wrong section', '[gpu:things]\n', /^hosts:1: .*no section/],
    ['a wrong variable', '[gpu:vars]\nnothing\n', /^hosts:2: "nothing" is no NAME=VALUE/],
    ['a wrong range', 'node[1-9]\n', /^hosts:1: "node\[1-9\]" is no host/],
  ])('names the place of %s', (_what, text, message) => {
    expect(() => groupsOfIni({ name: 'hosts', text })).toThrow(message);
  });

  test('names the place in a YAML form, and a group that is not there', () => {
    expect(() => groupsOfYaml('h.yaml', { all: { hosts: [1] } })).toThrow(/^h\.yaml: all\.hosts: a mapping/);
    expect(() => groupsOfYaml('h.yaml', { all: { host: {} } })).toThrow(/^h\.yaml: all\.host: /);
    expect(() => fromAnsible(groupsOfList('l', list), ['gpus'], 'l')).toThrow(/no group gpus; there are .*gpu/);
  });
});

describe('the way in SSH arguments', () => {
  test.each([
    [
      '-J ann@a.example.com:2222,b.example.com',
      [
        ['a.example.com', 2222, undefined],
        ['b.example.com', undefined, 'a.example.com'],
      ],
    ],
    ['-oProxyJump=b', [['b', undefined, undefined]]],
    [`-o 'ProxyJump b'`, [['b', undefined, undefined]]],
    ['-o ProxyJump="ops@[2001:db8::1]:22"', [['2001:db8::1', 22, undefined]]],
    ['-o ProxyCommand="ssh -q -W %h:%p -i key b"', [['b', undefined, undefined]]],
    ['-J none', []],
  ])('%s', (args, jumps) => {
    expect(readSshArgs(args).jumps.map(({ ssh }) => [ssh.host, ssh.port, ssh.jump])).toEqual(jumps);
  });

  test('what can not be told is a remark and no way', () => {
    const { jumps, remarks } = readSshArgs('-o ProxyCommand="nc -x proxy %h %p" -o "Include /x"');
    expect(jumps).toEqual([]);
    expect(remarks).toHaveLength(2);
  });
});

import { hostsOf, type AnsibleGroups, type AnsibleHost } from './ansible-model.ts';
import { readSshArgs } from './ansible-ssh.ts';
import { nodesMax, SourceError, type Gathered, type GatheredHost, type GatheredNode, type Note } from './draft.ts';
import { asName, asPort, isHost, isUser, nameRule, shown } from './names.ts';

/**
 * Nodes and the way to them from an Ansible inventory. Which of its hosts are GPU nodes it does not say: `wanted` names
 * the groups to take, all hosts without one. Passwords and key files are never read.
 */
export function fromAnsible(groups: AnsibleGroups, wanted: readonly string[], place: string): Gathered {
  const known = new Set(
    [...groups.values()].flatMap(({ children }) => [...children]).concat([...groups.keys(), 'all']),
  );
  const unknown = wanted.filter((group) => !known.has(group));
  if (unknown.length > 0)
    throw new SourceError(
      place,
      `there is no group ${unknown.join(', ')}; there are ${[...known].slice(0, 20).join(', ')}`,
    );
  const notes: Note[] = [];
  const jumpHosts = new Map<string, GatheredHost>();
  const nodes = new Map<string, GatheredNode>();
  const hosts = hostsOf(groups);
  if (hosts.length === 0) throw new SourceError(place, 'no hosts in it');
  for (const host of hosts) {
    if (wanted.length > 0 && !wanted.some((group) => host.groups.has(group))) {
      notes.push({ kind: 'left-out', about: host.name, text: `in none of the groups ${wanted.join(', ')}` });
      continue;
    }
    const node = nodeOf(host, jumpHosts, notes);
    if (node === null) continue;
    if (nodes.has(node.name))
      notes.push({ kind: 'left-out', about: host.name, text: `there is already a node ${node.name}` });
    else nodes.set(node.name, node);
  }
  if (nodes.size > nodesMax)
    throw new SourceError(place, `${nodes.size} hosts, at most ${nodesMax}; choose groups with --group`);
  if (wanted.length === 0)
    notes.push({ kind: 'assumed', about: place, text: 'every host is a GPU node: choose groups with --group' });
  return { nodes: [...nodes.values()], jobs: null, jumpHosts: [...jumpHosts.values()], notes };
}

function nodeOf(host: AnsibleHost, jumpHosts: Map<string, GatheredHost>, notes: Note[]): GatheredNode | null {
  const name = asName(host.name);
  const note = (kind: Note['kind'], text: string) => notes.push({ kind, about: host.name, text });
  if (name === null || name !== host.name.toLowerCase()) {
    note('left-out', nameRule);
    return null;
  }
  if (name !== host.name) note('assumed', `the node is called ${name}`);
  const text = (...keys: readonly string[]) => textOf(host, keys, note);
  const connection = text('ansible_connection');
  if (
    connection !== undefined &&
    !['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh'].includes(connection)
  ) {
    note('left-out', `connection ${shown(connection, 20)}, which is not SSH`);
    return null;
  }
  const args = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']
    .map((key) => text(key) ?? '')
    .join(' ');
  const way = readSshArgs(args);
  for (const remark of way.remarks) note('left-out', remark);
  for (const jump of way.jumps) {
    const before = jumpHosts.get(jump.name);
    if (before === undefined) jumpHosts.set(jump.name, jump);
    else if (JSON.stringify(before) !== JSON.stringify(jump))
      note('conflict', `another way over ${jump.name} than other hosts have`);
  }
  const address = text('ansible_host', 'ansible_ssh_host');
  if (address !== undefined && !isHost(address))
    note('left-out', `ansible_host "${shown(address, 30)}" is no host name or address`);
  const portText = text('ansible_port', 'ansible_ssh_port');
  const port = portText === undefined ? way.port : asPort(portText);
  if (port === null) note('left-out', `ansible_port "${shown(portText ?? '', 30)}" is no port`);
  const user = text('ansible_user', 'ansible_ssh_user') ?? way.user;
  if (user !== undefined && !isUser(user)) note('left-out', `ansible_user "${shown(user, 30)}" is no user name`);
  const own = Object.entries(ownVariables).flatMap(([field, keys]) => {
    const value = text(...keys);
    if (value === undefined || value === '') return [];
    if ((field === 'bmc' || field === 'address') && !isHost(value)) {
      note('left-out', `${field} "${shown(value, 30)}" is no host name or address`);
      return [];
    }
    return [[field, value] as const];
  });
  const jump = way.jumps.at(-1)?.name;
  return {
    name,
    ssh: {
      ...(address === undefined || !isHost(address) ? {} : { host: address }),
      ...(port === undefined || port === null ? {} : { port }),
      ...(user === undefined || !isUser(user) ? {} : { user }),
      ...(jump === undefined ? {} : { jump }),
    },
    gpus: [],
    ...Object.fromEntries(own),
  };
}

/** Variables that a site may set for the fields of an inventory; the plain names are common, the long ones are ours. */
const ownVariables: Readonly<Record<'address' | 'rail' | 'leaf' | 'rack' | 'powerUnit' | 'bmc', readonly string[]>> = {
  address: ['wardround_address'],
  rail: ['wardround_rail', 'rail'],
  leaf: ['wardround_leaf', 'leaf', 'leaf_switch'],
  rack: ['wardround_rack', 'rack'],
  powerUnit: ['wardround_power_unit', 'power_unit', 'pdu'],
  bmc: ['wardround_bmc', 'bmc', 'bmc_host', 'bmc_address', 'ipmi_host', 'ipmi_address'],
};

/** The first of the variables that is set; one that is a template or a secret can not be told. */
function textOf(
  { vars }: AnsibleHost,
  keys: readonly string[],
  note: (kind: Note['kind'], text: string) => void,
): string | undefined {
  for (const key of keys) {
    const value = vars[key];
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') continue;
    if (value.includes('{{') || value.includes('{%')) {
      note('not-told', `${key} is a template: ansible-inventory --list with the playbook's variables shows it`);
      return undefined;
    }
    return value;
  }
  return undefined;
}

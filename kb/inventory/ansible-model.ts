import { z } from 'zod';
import { expandHostPattern } from './host-ranges.ts';
import { nodesMax, SourceError } from './draft.ts';
import { shown } from './names.ts';

/** An Ansible inventory in whatever form it was written: groups with hosts, variables and child groups. */
export type AnsibleGroups = ReadonlyMap<string, AnsibleGroup>;

export interface AnsibleGroup {
  /** Own hosts with the variables that stand beside them here. */
  readonly hosts: Map<string, Variables>;
  readonly vars: Map<string, unknown>;
  readonly children: Set<string>;
}

export type Variables = Readonly<Record<string, unknown>>;

export interface AnsibleHost {
  readonly name: string;
  readonly groups: ReadonlySet<string>;
  readonly vars: Variables;
}

export function groupIn(groups: Map<string, AnsibleGroup>, name: string): AnsibleGroup {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group: AnsibleGroup = { hosts: new Map(), vars: new Map(), children: new Set() };
  groups.set(name, group);
  return group;
}

/** Puts a host, or all hosts of a range, into a group. */
export function addHosts(group: AnsibleGroup, pattern: string, vars: Variables, place: string): void {
  const names = expandHostPattern(pattern, nodesMax);
  if (names === null)
    throw new SourceError(place, `"${shown(pattern)}" is no host and no range of at most ${nodesMax}`);
  for (const name of names) group.hosts.set(name, { ...group.hosts.get(name), ...vars });
}

const variables = z.record(z.string(), z.unknown());
const listGroup = z.looseObject({
  hosts: z.array(z.string()).optional(),
  vars: variables.optional(),
  children: z.array(z.string()).optional(),
});

/**
 * `ansible-inventory --list`, and what inventory scripts print: groups by name, variables of hosts below
 * `_meta.hostvars`. A group may be a bare list of hosts.
 * https://docs.ansible.com/ansible/latest/dev_guide/developing_inventory.html
 */
export function groupsOfList(place: string, value: unknown): AnsibleGroups {
  const top = variables.safeParse(value);
  if (!top.success) throw new SourceError(place, 'no object of groups at the top');
  const groups = new Map<string, AnsibleGroup>();
  const meta = z
    .looseObject({ hostvars: z.record(z.string(), variables).default({}) })
    .safeParse(top.data['_meta'] ?? {});
  if (!meta.success) throw new SourceError(`${place}: _meta.hostvars`, 'no variables by host');
  for (const [name, written] of Object.entries(top.data)) {
    if (name === '_meta') continue;
    const group = groupIn(groups, name);
    const bare = z.array(z.string()).safeParse(written);
    const read = listGroup.safeParse(bare.success ? { hosts: bare.data } : written);
    if (!read.success) {
      const [issue] = read.error.issues;
      throw new SourceError(`${place}: ${[name, ...(issue?.path ?? [])].join('.')}`, issue?.message ?? 'no group');
    }
    for (const host of read.data.hosts ?? []) group.hosts.set(host, meta.data.hostvars[host] ?? {});
    for (const [key, one] of Object.entries(read.data.vars ?? {})) group.vars.set(key, one);
    for (const child of read.data.children ?? []) group.children.add(child);
  }
  const listed = new Set([...groups.values()].flatMap(({ hosts }) => [...hosts.keys()]));
  for (const [host, vars] of Object.entries(meta.data.hostvars))
    if (!listed.has(host)) groupIn(groups, 'ungrouped').hosts.set(host, vars);
  return groups;
}

const depthMax = 20;

/**
 * A YAML inventory: `all: { hosts: …, vars: …, children: { gpu: { hosts: { node[01:10]: … } } } }`.
 * https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yaml_inventory.html
 */
export function groupsOfYaml(place: string, value: unknown): AnsibleGroups {
  const groups = new Map<string, AnsibleGroup>();
  const read = (name: string, written: unknown, path: string, depth: number): void => {
    if (depth > depthMax) throw new SourceError(path, `more than ${depthMax} groups in one another`);
    const group = groupIn(groups, name);
    for (const [key, part] of Object.entries(mapping(written, path))) {
      const below = `${path}.${key}`;
      if (key === 'hosts')
        for (const [host, vars] of Object.entries(mapping(part, below)))
          addHosts(group, host, mapping(vars, `${below}.${host}`), `${below}.${host}`);
      else if (key === 'vars')
        for (const [name_, one] of Object.entries(mapping(part, below))) group.vars.set(name_, one);
      else if (key === 'children')
        for (const [child, inner] of Object.entries(mapping(part, below))) {
          group.children.add(child);
          read(child, inner, `${below}.${child}`, depth + 1);
        }
      else throw new SourceError(below, 'a group has hosts, vars and children, and nothing else');
    }
  };
  for (const [name, written] of Object.entries(mapping(value, place))) read(name, written, `${place}: ${name}`, 1);
  return groups;
}

function mapping(value: unknown, path: string): Variables {
  // `hosts:` with nothing below it is how an empty one is written.
  if (value === null || value === undefined) return {};
  const read = variables.safeParse(value);
  if (!read.success || Array.isArray(value)) throw new SourceError(path, 'a mapping is expected here');
  return read.data;
}

/**
 * Every host with its variables. A nearer group wins over a farther one, a host's own variables over all; of groups
 * that are as near, the later name in the alphabet.
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#understanding-variable-precedence
 */
export function hostsOf(groups: AnsibleGroups): readonly AnsibleHost[] {
  const parents = new Map<string, string[]>();
  for (const [name, { children }] of groups)
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name]);
  const depths = new Map<string, number>();
  const depthOf = (name: string, seen: readonly string[]): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    if (seen.includes(name)) throw new SourceError(name, 'this group is a child of itself');
    const above = (parents.get(name) ?? []).filter((parent) => parent !== name);
    const depth = name === 'all' ? 0 : 1 + Math.max(0, ...above.map((parent) => depthOf(parent, [...seen, name])));
    depths.set(name, depth);
    return depth;
  };
  const found = new Map<string, { own: Variables; groups: Set<string> }>();
  for (const [name, { hosts }] of groups)
    for (const [host, vars] of hosts) {
      const known = found.get(host) ?? { own: {}, groups: new Set<string>() };
      found.set(host, { own: { ...known.own, ...vars }, groups: known.groups.add(name) });
    }
  return [...found].map(([name, { own, groups: direct }]) => {
    const member = withParents(direct, parents);
    const order = [...member].toSorted((a, b) => depthOf(a, []) - depthOf(b, []) || (a < b ? -1 : 1));
    const inherited = order.flatMap((group) => [...(groups.get(group)?.vars ?? [])]);
    return { name, groups: member, vars: { ...Object.fromEntries(inherited), ...own } };
  });
}

function withParents(
  direct: ReadonlySet<string>,
  parents: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const all = new Set<string>(['all']);
  const open = [...direct];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (all.has(next) && next !== 'all') continue;
    all.add(next);
    open.push(...(parents.get(next) ?? []).filter((parent) => !all.has(parent)));
  }
  return all;
}

import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { isLoopback } from './network-words.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man5/resolv.conf.5.html';
const hostsSource = 'https://man7.org/linux/man-pages/man5/hosts.5.html';

const none: FindingKind = {
  id: 'net.resolver.none',
  summary: 'the node has neither a name server nor a hosts file that names other hosts',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 3 },
  source,
};
const conflicting: FindingKind = {
  id: 'net.resolver.name-twice',
  summary: 'the hosts file gives one name several addresses, of which one is right at most',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 3, 'socket-interface-mismatch': 0.7 },
  source: hostsSource,
};
const otherEntry: FindingKind = {
  id: 'net.resolver.unlike-siblings',
  summary: 'the hosts file of this node alone says where another host is, or says it otherwise',
  role: 'symptom',
  weighs: { 'rendezvous-resolution': 1.5 },
  echoes: ['net.name.unlike-siblings'],
  source: hostsSource,
};
const ownLoopback: FindingKind = {
  id: 'net.resolver.own-name-loopback',
  summary: 'the hosts file gives the node’s own name a loopback address, as Debian’s installer does',
  role: 'context',
  weighs: { 'rendezvous-resolution': 0.7, 'socket-interface-mismatch': 0.7 },
  source: hostsSource,
};
const sound: FindingKind = {
  id: 'net.resolver.sound',
  summary: 'name servers or a hosts file without contradictions are set',
  role: 'clean',
  weighs: { 'rendezvous-resolution': -0.7 },
  source,
};
const kinds = [none, conflicting, otherEntry, ownLoopback, sound];

const noArgs = z.object({});

interface Reading {
  readonly nameServers: readonly string[];
  readonly search: readonly string[];
  readonly hosts: readonly { readonly address: string; readonly names: readonly string[]; readonly line: number }[];
}

/** Name servers and the hosts file. */
export const netResolver: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.resolver',
  platform: 'nvidia-linux',
  summary: 'name servers and hosts file of the node',
  question: 'Where does the node look names up, and does its hosts file contradict itself?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 30,
  timeoutMs: 15_000,
  outputBytesMax: 131_072,
  args: noArgs,
  argv: () => ['cat', '/etc/resolv.conf', '/etc/hosts'],
  parse(output) {
    requireTool(output, 'cat');
    // A node may do without one of the two files; cat then says so and prints the other.
    const oneMissing = /^cat: \S+: No such file or directory\s*$/.test(output.stderr) && output.stdout.trim() !== '';
    if (output.exitCode !== 0 && !(output.exitCode === 1 && oneMissing))
      throw new ProbeParseError(`cat ended with ${output.exitCode ?? 'no exit code'}`);
    const lines = numberedLines(output, 'any').filter(({ text }) => !/^\s*[#;]/.test(text));
    if (lines.length === 0) throw new ProbeParseError('neither resolv.conf nor hosts holds a line');
    const words = lines.map(({ text, line }) => ({
      words: text
        .replace(/\s#.*$/, '')
        .trim()
        .split(/\s+/),
      line,
    }));
    for (const {
      words: [head = ''],
      line,
    } of words)
      if (!settingWords.has(head) && !addressPattern.test(head))
        throw new ProbeParseError(`line ${line}: neither a setting of resolv.conf nor a line of hosts`);
    const of = (setting: string) => words.filter(({ words: [head] }) => head === setting);
    return {
      nameServers: of('nameserver').flatMap(({ words: [, server] }) => server ?? []),
      search: of('search').flatMap(({ words: [, ...domains] }) => domains),
      hosts: words.flatMap(({ words: [address = '', ...names], line }) =>
        settingWords.has(address) ? [] : [{ address, names, line }],
      ),
    };
  },
  outcomes: kinds,
  meaning({ nameServers, hosts }, node) {
    const seen: ProbeFinding[] = [];
    // Lines for multicast and for one's own links stand in every hosts file.
    const others = hosts.filter(({ address }) => !isLoopback(address) && !/^f[ef]/i.test(address));
    if (nameServers.length === 0 && others.length === 0)
      seen.push({ kind: none.id, text: 'no name server, and the hosts file names no other host' });
    for (const { name, entries } of named(others).filter(
      ({ entries: all }) => new Set(all.map(({ address }) => address)).size > 1,
    ))
      seen.push({
        kind: conflicting.id,
        text: `${name} is ${entries.map(({ address }) => address).join(' and ')} in the hosts file`.slice(
          0,
          textCharsMax,
        ),
        line: entries.at(-1)?.line ?? 1,
        values: { name },
      });
    const own = hosts.find(
      ({ address, names }) => isLoopback(address) && node?.name !== undefined && names.includes(node.name),
    );
    if (own !== undefined)
      seen.push({
        kind: ownLoopback.id,
        text: `${node?.name ?? 'the node'} is ${own.address} in its own hosts file`,
        line: own.line,
      });
    return orClean(seen.slice(0, findingsMax), kinds, {
      kind: sound.id,
      text: `${nameServers.length} name servers, ${others.length} other hosts in the hosts file`,
    });
  },
  siblings: {
    kind: otherEntry,
    numbers: () => [],
    rules: [],
    words: ({ hosts }, node) =>
      hosts
        .filter(({ address, names }) => !isLoopback(address) && !names.some((name) => name === node?.name))
        .flatMap(({ address, names, line }) => names.slice(0, 1).map((name) => ({ name, value: address, line }))),
  },
};

const findingsMax = 10;
const textCharsMax = 200;
const settingWords = new Set(['nameserver', 'search', 'domain', 'options', 'sortlist', 'family', 'lookup']);
const addressPattern = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F.]{0,15}){2,8})(?:%\S{1,20})?$/;

/** IPv4 lines by name: one name with an address of each family is no contradiction. */
function named(hosts: Reading['hosts']): readonly { name: string; entries: Reading['hosts'] }[] {
  const pairs = hosts
    .filter(({ address }) => !address.includes(':'))
    .flatMap((entry) => entry.names.map((name) => ({ name, entry })));
  return [...Map.groupBy(pairs, ({ name }) => name)].map(([name, all]) => ({
    name,
    entries: all.map(({ entry }) => entry),
  }));
}

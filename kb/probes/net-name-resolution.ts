import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { hostArg, hostWord, isLoopback } from './network-words.ts';
import { peersOf } from './peers.ts';
import { rendezvousOf } from './rendezvous-hosts.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man1/getent.1.html';

const unresolved: FindingKind = {
  id: 'net.name.unresolved',
  summary: 'a name that ranks use to meet has no address on this node',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 4 },
  source,
};
const loopback: FindingKind = {
  id: 'net.name.loopback',
  summary: 'the name of another host leads to this node itself',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 3.5, 'socket-interface-mismatch': 0.7 },
  source,
};
const otherAddress: FindingKind = {
  id: 'net.name.unlike-siblings',
  summary: 'the node resolves the name of a host to another address than its siblings do',
  role: 'cause',
  weighs: { 'rendezvous-resolution': 4 },
  source,
};
const ownLoopback: FindingKind = {
  id: 'net.name.own-is-loopback',
  summary: 'the node resolves its own name to a loopback address, which it then tells its peers',
  role: 'symptom',
  weighs: { 'rendezvous-resolution': 1.5, 'socket-interface-mismatch': 1.5 },
  source: 'https://github.com/aws-samples/aws-do-eks/pull/69',
};
const twoAddresses: FindingKind = {
  id: 'net.name.several-addresses',
  summary: 'a name leads to several addresses, of which a rank takes the first that comes',
  role: 'context',
  weighs: { 'rendezvous-resolution': 0.7, 'socket-interface-mismatch': 0.7 },
  source,
};
const resolved: FindingKind = {
  id: 'net.name.resolved',
  summary: 'the name leads to one address',
  role: 'clean',
  weighs: { 'rendezvous-resolution': -1.2 },
  source,
};
const kinds = [unresolved, loopback, otherAddress, ownLoopback, twoAddresses, resolved];

const args = z.object({ node: z.string().regex(namePattern), host: hostArg.optional() });

interface Reading {
  /** As the resolver calls the host; `null` where it does not say, or has no address. */
  readonly name: string | null;
  /** In the order in which programs get them, each once. */
  readonly addresses: readonly { readonly address: string; readonly line: number }[];
}

/** Names as programs resolve them (hosts file, DNS, whatever the node is set up for): rendezvous, peers, its own. */
export const netNameResolution: Probe<z.infer<typeof args>, Reading> = {
  id: 'net.name-resolution',
  platform: 'nvidia-linux',
  summary: 'addresses to which the node resolves the rendezvous, its peers and its own name',
  question: 'Do the names that ranks use to meet lead to the right hosts from here?',
  aspect: 'correctness',
  side: 'demand',
  privilege: 'user',
  impact: 'passive',
  costMs: 100,
  timeoutMs: 20_000,
  outputBytesMax: 8_192,
  args,
  devices(node, site) {
    const hosts = [
      ...rendezvousOf(site).map(({ host }) => host),
      ...(node.name === undefined ? [] : [node.name]),
      ...peersOf(node, site).map(({ name }) => name),
    ];
    return [...new Set(hosts)].map((host) => ({ host }));
  },
  argv: ({ node, host }) => ['getent', 'ahosts', host ?? node],
  allow: [`getent ahosts ${hostWord}`],
  parse(output) {
    requireTool(output, 'getent');
    // Exit code 2: no entry under that name.
    if (output.exitCode === 2 && output.stdout.trim() === '') return { name: null, addresses: [] };
    if (output.exitCode !== 0) throw new ProbeParseError(`getent ended with ${output.exitCode ?? 'no exit code'}`);
    const addresses = new Map<string, number>();
    for (const { text, line } of numberedLines(output)) {
      const match = /^([0-9a-fA-F:.]{2,45})(?:%\S{1,20})?\s+(?:STREAM|DGRAM|RAW|SEQPACKET|\d{1,3})\b/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not an address of getent ahosts`);
      if (!addresses.has(match[1] ?? '')) addresses.set(match[1] ?? '', line);
    }
    if (addresses.size === 0) throw new ProbeParseError('getent printed no address and no error');
    // 10.0.0.1       STREAM node-01
    const name = /^\S+\s+STREAM\s+([A-Za-z0-9][\w.-]{0,252})$/m.exec(output.stdout)?.[1] ?? null;
    return { name, addresses: [...addresses].map(([address, line]) => ({ address, line })) };
  },
  outcomes: kinds,
  meaning({ addresses }, node, asked) {
    const own = asked === undefined || (asked.host ?? asked.node) === (node?.name ?? asked.node);
    const name = asked?.host ?? asked?.node ?? node?.name ?? 'the name';
    const first = addresses[0];
    if (first === undefined)
      return [{ kind: unresolved.id, text: `${name} has no address on this node`, values: { name } }];
    const shown = addresses.map(({ address }) => address).slice(0, addressesShownMax);
    const local = addresses.find(({ address }) => isLoopback(address));
    const v4 = addresses.filter(({ address }) => !address.includes(':'));
    const kind = local === undefined ? (v4.length > 1 ? twoAddresses : resolved) : own ? ownLoopback : loopback;
    const found = {
      kind: kind.id,
      text: `${name} is ${shown.join(', ')}`,
      line: (local ?? first).line,
      values: { name, addresses: addresses.length, first: first.address },
    };
    return kind === twoAddresses ? [found, { ...found, kind: resolved.id }] : [found];
  },
  siblings: {
    kind: otherAddress,
    numbers: () => [],
    rules: [],
    // A node may give its own name any address that is its own.
    words: ({ name, addresses }, node) =>
      name === null || name.split('.')[0] === node?.name
        ? []
        : [
            {
              name: `address of ${name}`,
              value: addresses
                .map(({ address }) => address)
                .toSorted()
                .join(' '),
              group: name,
              line: addresses[0]?.line ?? 1,
            },
          ],
  },
};

const addressesShownMax = 4;

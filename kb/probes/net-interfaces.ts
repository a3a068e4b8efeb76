import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { interfaceFamily, isLoopback, isVirtualInterface } from './network-words.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ip-address.8.html';
const ifname = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname';

const missing: FindingKind = {
  id: 'net.interface.address-missing',
  summary: 'an interface is up and has no IPv4 address, as the others of its kind have',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2.5, 'roce-gid-misconfig': 1.2 },
  source,
};
const conflict: FindingKind = {
  id: 'net.interface.address-conflict',
  summary: 'an address is held back because another host answers to it already',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2.5, 'rendezvous-resolution': 0.7 },
  source,
};
const sameSubnet: FindingKind = {
  id: 'net.interface.subnet-twice',
  summary: 'two interfaces have addresses of one subnet, so that answers may leave by the wrong one',
  role: 'context',
  weighs: { 'socket-interface-mismatch': 1 },
  source: 'https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html (arp_filter)',
};
const bridges: FindingKind = {
  id: 'net.interface.bridges',
  summary: 'the node has bridges whose addresses no other node reaches and which a library may pick',
  role: 'context',
  weighs: { 'socket-interface-mismatch': 0.4 },
  source: ifname,
};
const unlike: FindingKind = {
  id: 'net.interface.fewer-addresses',
  summary: 'the node has fewer interfaces with an address than its siblings',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2.2, 'roce-gid-misconfig': 0.7 },
  source,
};
const sound: FindingKind = {
  id: 'net.interface.sound',
  summary: 'interfaces of one kind have addresses, each of another subnet',
  role: 'clean',
  weighs: { 'socket-interface-mismatch': -0.7 },
  source,
};
const kinds = [missing, conflict, sameSubnet, bridges, unlike, sound];

const noArgs = z.object({});

interface Address {
  readonly line: number;
  readonly interface: string;
  readonly family: 'inet' | 'inet6';
  readonly address: string;
  readonly prefixBits: number;
  readonly scope: string;
  /** `tentative`, `dadfailed`, `deprecated` and the like. */
  readonly flags: readonly string[];
}
interface Reading {
  readonly addresses: readonly Address[];
}

/** Addresses of the network interfaces. */
export const netInterfaces: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.interfaces',
  platform: 'nvidia-linux',
  summary: 'addresses of the network interfaces',
  question: 'Which interfaces could a library take for its sockets, and has each its address?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 131_072,
  args: noArgs,
  argv: () => ['ip', '-o', 'addr', 'show'],
  parse: (output) => ({ addresses: requiredLines(output, 'ip').map(({ text, line }) => addressIn(text, line)) }),
  outcomes: kinds,
  meaning({ addresses }) {
    const physical = addresses.filter((one) => !isVirtualInterface(one.interface));
    const v4 = physical.filter(({ family }) => family === 'inet');
    const withV4 = new Set(v4.map((one) => one.interface));
    const seen: ProbeFinding[] = [];
    for (const [family, all] of Map.groupBy(physical, (one) => interfaceFamily(one.interface))) {
      const names = [...new Set(all.map((one) => one.interface))];
      const having = names.filter((name) => withV4.has(name));
      // One of two that has none may be meant so.
      if (having.length < 2) continue;
      for (const name of names.filter((one) => !withV4.has(one)))
        seen.push({
          kind: missing.id,
          device: { kind: 'hca', name },
          text: `${name} has no IPv4 address, ${having.length} others of ${family} have`,
          line: all.find((one) => one.interface === name)?.line ?? 1,
          values: { interface: name },
        });
    }
    for (const one of addresses.filter(({ flags }) => flags.includes('dadfailed')))
      seen.push({
        kind: conflict.id,
        device: { kind: 'hca', name: one.interface },
        text: `${one.address} of ${one.interface} is in use by another host`,
        line: one.line,
        values: { interface: one.interface },
      });
    for (const [subnet, all] of Map.groupBy(v4, subnetOf)) {
      const names = [...new Set(all.map((one) => one.interface))];
      if (names.length > 1)
        seen.push({
          kind: sameSubnet.id,
          text: `${names.slice(0, 8).join(', ')} are all in ${subnet}`,
          line: all[1]?.line ?? 1,
          values: { subnet, interfaces: names.length },
        });
    }
    const virtual = addresses.filter(
      (one) => one.family === 'inet' && isVirtualInterface(one.interface) && !isLoopback(one.address),
    );
    if (virtual.length > 0)
      seen.push({
        kind: bridges.id,
        text: [...new Set(virtual.map((one) => `${one.interface} ${one.address}`))].slice(0, 4).join(', '),
        line: virtual[0]?.line ?? 1,
        values: { interfaces: virtual.length },
      });
    return orClean(seen.slice(0, findingsMax), kinds, {
      kind: sound.id,
      text: `${withV4.size} interfaces with an IPv4 address`,
    });
  },
  siblings: {
    numbers: ({ addresses }) => [
      {
        name: 'interfacesWithIpv4',
        value: new Set(
          addresses
            .filter((one) => one.family === 'inet' && !isVirtualInterface(one.interface))
            .map((one) => one.interface),
        ).size,
        unit: 'count',
      },
    ],
    // Nodes of one kind are set up alike.
    rules: [{ name: 'interfacesWithIpv4', side: 'low', relative: 0, absolute: 0, source }],
    kind: unlike,
  },
};

const findingsMax = 20;

// 4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\       valid_lft forever preferred_lft forever
function addressIn(text: string, line: number): Address {
  const match =
    /^\d{1,6}: ([\w.-]{1,15})(?:@\S{1,20})?\s+(inet6?) ([0-9a-fA-F:.]{2,45})(?: peer [0-9a-fA-F:.]{2,45})?(?:\/(\d{1,3}))? (?:.* )?scope (\w{1,20})((?: [\w-]{1,20})*)/.exec(
      text.replaceAll('\\', ' '),
    );
  if (match === null) throw new ProbeParseError(`line ${line}: not an address of ip -o addr`);
  const family = match[2] === 'inet6' ? 'inet6' : 'inet';
  return {
    line,
    interface: match[1] ?? '',
    family,
    address: match[3] ?? '',
    prefixBits: Number(match[4] ?? (family === 'inet' ? 32 : 128)),
    scope: match[5] ?? '',
    flags: (match[6] ?? '').split(' ').filter((word) => addressFlags.has(word)),
  };
}

const addressFlags = new Set([
  'tentative',
  'dadfailed',
  'deprecated',
  'dynamic',
  'secondary',
  'nodad',
  'mngtmpaddr',
  'temporary',
  'noprefixroute',
]);

function subnetOf({ address, prefixBits }: Address): string {
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Math.min(32, prefixBits));
  const start = Math.floor(bits / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${prefixBits}`;
}

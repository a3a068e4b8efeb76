import { hexDigits } from '../../noise.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import type { World, WorldNode } from '../../world.ts';

/**
 * Ethernet of a node: eth0 and eth1 are the two 100 GbE ports of a ConnectX-6 Dx and make up bond0, which carries RoCE as
 * `mlx5_bond_0`; eth2 is a service port that nobody uses; docker0 is the bridge of the container daemon.
 */
export const gateway = '10.64.255.254';
export const nameserver = '10.64.255.53';
export const dockerAddress = '172.17.0.1';
export const clusterDomain = 'cluster.local';

/** Interfaces in the order of their numbers, as the kernel found them. */
export const interfaceNames = ['lo', 'eth0', 'eth1', 'eth2', 'ib0', 'ib1', 'ib2', 'ib3', 'bond0', 'docker0'] as const;
export type InterfaceName = (typeof interfaceNames)[number];

export function isInterface(name: string): name is InterfaceName {
  return (interfaceNames as readonly string[]).includes(name);
}

/** `b8:ce:f6:…`; bond0 has that of its first port. */
export function macOf(world: World, node: WorldNode, name: InterfaceName): string {
  if (name === 'eth1' || name === 'eth2') return colons(`b8cef6${hexDigits(6, world.seed, 'mac', node.index, name)}`);
  if (name === 'docker0') return colons(`0242${hexDigits(8, world.seed, 'mac', node.index, name)}`);
  return colons(`b8cef6${hexDigits(6, world.seed, 'mac', node.index)}`);
}

/** IPoIB of a rail: `10.80.0.1`; the service VLAN: `10.241.0.1`. */
export function railAddress(node: WorldNode, rail: number): string {
  return node.managementIp.replace('10.64.', `10.${80 + rail}.`);
}
export function serviceAddress(node: WorldNode): string {
  return node.managementIp.replace('10.64.', '10.241.');
}

/** A port of the bond has the bond's MTU. */
export function mtuOf(settings: Settings, node: WorldNode, name: InterfaceName, ms: number): number {
  if (name === 'lo') return 65_536;
  if (name.startsWith('ib')) return 4_092;
  if (name === 'docker0' || name === 'eth2') return 1_500;
  if (!settings.facts.has('net.mtu')) return 9_000;
  return factAt(settings, { fact: 'net.mtu', place: node.name, key: 'bond0' }, ms);
}

export function linkLocal(mac: string): string {
  const bytes = mac.split(':');
  const first = (Number.parseInt(bytes[0] ?? '0', 16) ^ 2).toString(16).padStart(2, '0');
  return `fe80::${[first + bytes[1], `${bytes[2]}ff`, `fe${bytes[3]}`, `${bytes[4]}${bytes[5]}`]
    .map((part) => part.replace(/^0{1,3}/, ''))
    .join(':')}`;
}

/** The same without what IPv6 leaves out. */
export function linkLocalGid(mac: string): string {
  const bytes = mac.split(':');
  const first = (Number.parseInt(bytes[0] ?? '0', 16) ^ 2).toString(16).padStart(2, '0');
  return `fe80:0000:0000:0000:${first}${bytes[1]}:${bytes[2]}ff:fe${bytes[3]}:${bytes[4]}${bytes[5]}`;
}

/** `0000:0000:0000:0000:0000:ffff:0a40:0001` */
export function ipv4Gid(address: string): string {
  const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `0000:0000:0000:0000:0000:ffff:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
}

export function colons(digits: string): string {
  return digits.replace(/(..)(?=.)/g, '$1:');
}

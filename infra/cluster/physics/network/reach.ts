import { factAt } from '../../state/facts/fact-at.ts';
import type { Settings } from '../../state/settings.ts';
import { findNode, type World, type WorldNode } from '../../world.ts';
import { activeAttempt } from '../job.ts';
import { isUp } from '../node-life.ts';
import type { Timeline } from '../timeline.ts';
import { clusterDomain, mtuOf, nameserver, serviceAddress } from './ethernet.ts';

/** The machine that asks: a node, or the management host. */
export interface Asker {
  readonly timeline: Timeline;
  readonly node: WorldNode;
  readonly nowMs: number;
}

export type Resolved =
  | { readonly kind: 'address'; readonly address: string; readonly name: string }
  | { readonly kind: 'unknown' }
  /** The name server does not answer; the resolver gives up after its attempts. */
  | { readonly kind: 'no-answer' };

/** `timeout:5 attempts:2` of resolv.conf, its defaults. */
export const resolverGivesUpMs = 10_000;

const literal = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** What the resolver of a machine makes of a name: numbers, then /etc/hosts, then the name server. */
export function resolve({ timeline, node, nowMs }: Asker, asked: string): Resolved {
  const { world } = timeline;
  const { settings } = timeline.segmentAt(nowMs);
  if (literal.test(asked)) return { kind: 'address', address: asked, name: asked };
  const short = asked.endsWith(`.${clusterDomain}`) ? asked.slice(0, -clusterDomain.length - 1) : asked;
  if (short === 'localhost') return { kind: 'address', address: '127.0.0.1', name: short };
  const listed = hostsEntries(settings, node, nowMs).find((entry) => entry.name === short);
  if (listed !== undefined) return { kind: 'address', address: listed.address, name: short };
  if (askedInVain(settings, node, 'net.nameserver-silent', nowMs)) return { kind: 'no-answer' };
  if (askedInVain(settings, node, 'net.nameserver-foreign', nowMs)) return { kind: 'unknown' };
  const address = leasedAddress(world, settings, short, nowMs) ?? addressIn(world, short);
  return address === undefined ? { kind: 'unknown' } : { kind: 'address', address, name: short };
}

/** A DHCP server tells the name server of every lease that it gives, and the newest address is the one that it answers. */
function leasedAddress(world: World, settings: Settings, name: string, ms: number): string | undefined {
  const node = settings.facts.has('net.second-default-route') ? findNode(world, name) : undefined;
  if (node === undefined) return undefined;
  return factAt(settings, { fact: 'net.second-default-route', place: name }, ms) ? serviceAddress(node) : undefined;
}

/** What the name server knows. */
export function addressIn(world: World, name: string): string | undefined {
  if (name === world.management.name) return world.management.address;
  return findNode(world, name)?.managementIp ?? services[name];
}

const services: Readonly<Record<string, string>> = {
  lustre01: '10.64.254.1',
  registry: '10.64.254.20',
  ns1: nameserver,
};

export interface HostsEntry {
  readonly address: string;
  readonly name: string;
}

/** Lines of /etc/hosts beside those of the machine itself. */
export function hostsEntries(settings: Settings, node: WorldNode, ms: number): readonly HostsEntry[] {
  const own = [{ address: node.managementIp, name: node.name }];
  const set = [...(settings.facts.get('net.hosts-entry')?.values() ?? [])].flatMap(({ place, key = '' }) => {
    if (place !== node.name) return [];
    const address = factAt(settings, { fact: 'net.hosts-entry', place, key }, ms);
    return address === '' ? [] : [{ address, name: key }];
  });
  return [...own, ...set];
}

export function nameserverOf(settings: Settings, node: WorldNode, ms: number): string {
  return factAt(settings, { fact: 'net.nameserver', place: node.name }, ms);
}

/** Whether a node asks the old name server, and that one does not help it. */
function askedInVain(
  settings: Settings,
  node: WorldNode,
  fact: 'net.nameserver-silent' | 'net.nameserver-foreign',
  ms: number,
): boolean {
  return nameserverOf(settings, node, ms) !== nameserver && factAt(settings, { fact, place: node.name }, ms);
}

export type Path =
  | { readonly kind: 'open'; readonly to: WorldNode | 'service'; readonly mtu: number }
  /** Nothing comes back. */
  | { readonly kind: 'silent' };

/** Whether packets from a machine reach an address, and how large they may be. */
export function pathTo({ timeline, node, nowMs }: Asker, address: string): Path {
  const { world } = timeline;
  const to = nodeAt(world, address);
  const isService = address === world.management.address || Object.values(services).includes(address);
  if (address.startsWith('127.')) return { kind: 'open', to: node, mtu: 65_536 };
  if (to === undefined)
    return isService ? { kind: 'open', to: 'service', mtu: pathMtu(timeline, node, nowMs) } : silent;
  const { settings } = timeline.of(to).segmentAt(nowMs);
  if (!isUp(settings, to.name, nowMs) || settings.unplugged.has(to.name)) return silent;
  return { kind: 'open', to, mtu: Math.min(pathMtu(timeline, node, nowMs), pathMtu(timeline, to, nowMs)) };
}

const silent: Path = { kind: 'silent' };

/** The largest packet that passes the switch port of a machine and its interface; what is larger is dropped silently. */
function pathMtu(timeline: Timeline, node: WorldNode, ms: number): number {
  const { settings } = timeline.segmentAt(ms);
  const port = settings.facts.has('net.path-mtu')
    ? factAt(settings, { fact: 'net.path-mtu', place: node.name }, ms)
    : 9_000;
  return Math.min(port, mtuOf(settings, node, 'bond0', ms));
}

const byAddress = new WeakMap<readonly WorldNode[], ReadonlyMap<string, WorldNode>>();

export function nodeAt(world: World, address: string): WorldNode | undefined {
  let index = byAddress.get(world.nodes);
  if (index === undefined) {
    index = new Map(world.nodes.map((node) => [node.managementIp, node]));
    byAddress.set(world.nodes, index);
  }
  return index.get(address);
}

export interface Listener {
  readonly port: number;
  readonly address: '0.0.0.0' | '127.0.0.1' | '*';
  readonly backlog: number;
  /** Reached through a closed firewall too. */
  readonly allowed: boolean;
}

/** Ports on which a node takes TCP connections. */
export function listenersOf(timeline: Timeline, node: WorldNode, ms: number): readonly Listener[] {
  const own = timeline.of(node);
  const { settings, phase } = own.segmentAt(ms);
  const service = (unit: string) =>
    !settings.facts.has('host.service') ||
    factAt(settings, { fact: 'host.service', place: node.name, key: unit }, ms) === 'active';
  const attempt = activeAttempt(phase);
  const leads = attempt !== null && attempt.nodes[0] === node.index;
  return [
    { port: 22, address: '0.0.0.0', backlog: 128, allowed: true },
    { port: 53, address: '127.0.0.1', backlog: 4096, allowed: false },
    ...(service('slurmd') ? [{ port: 6818, address: '0.0.0.0', backlog: 4096, allowed: true } as const] : []),
    { port: 5555, address: '127.0.0.1', backlog: 4096, allowed: false },
    { port: 9100, address: '*', backlog: 4096, allowed: true },
    { port: 9400, address: '*', backlog: 4096, allowed: true },
    ...(leads ? [{ port: own.world.job.rendezvousPort, address: '*', backlog: 2048, allowed: false } as const] : []),
  ];
}

export function firewallOf(timeline: Timeline, node: WorldNode, ms: number): string {
  const { settings } = timeline.segmentAt(ms);
  return settings.facts.has('net.firewall') ? factAt(settings, { fact: 'net.firewall', place: node.name }, ms) : 'open';
}

/** `prohibited`: a firewall answers with ICMP, which is EHOSTUNREACH. */
export type Connection = 'open' | 'refused' | 'prohibited' | 'silent';

/** What comes of a TCP connection to a port. */
export function connectTo(asker: Asker, address: string, port: number): Connection {
  const path = pathTo(asker, address);
  if (path.kind === 'silent') return 'silent';
  if (path.to === 'service') return servicePorts.has(port) ? 'open' : 'refused';
  const listener = listenersOf(asker.timeline, path.to, asker.nowMs).find((one) => one.port === port);
  const firewall = path.to === asker.node ? 'open' : firewallOf(asker.timeline, path.to, asker.nowMs);
  if (firewall !== 'open' && listener?.allowed !== true) return firewall === 'rejecting' ? 'prohibited' : 'silent';
  if (listener === undefined || (listener.address === '127.0.0.1' && path.to !== asker.node)) return 'refused';
  return 'open';
}

// SSH, DNS, HTTPS, the registry, Slurm's controller, Lustre.
const servicePorts = new Set([22, 53, 443, 5000, 6817, 988]);

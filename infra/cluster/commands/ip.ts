import { linkState } from '../physics/link.ts';
import {
  colons,
  dockerAddress,
  gateway,
  interfaceNames,
  isInterface,
  linkLocal,
  macOf,
  mtuOf,
  railAddress,
  serviceAddress,
  type InterfaceName,
} from '../physics/network/ethernet.ts';
import { interfaceCounters } from '../physics/network/interface-counters.ts';
import { pathTo } from '../physics/network/reach.ts';
import { factAt } from '../state/facts/fact-at.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';

/** `ip -o link|addr|route|neigh show`, `ip -s -s link show` and, for root, `ip link set dev IFACE mtu MTU` (iproute2 5.15). */
export const ip: NodeCommand = {
  name: 'ip',
  run(context, args) {
    const show = shows[args.join(' ')];
    if (show !== undefined) return printed(show(context));
    const [object, verb, ...rest] = args;
    if (object === 'link' && verb === 'set') return setLink(context, rest);
    return complained(`Object "${args[0] ?? ''}" is unknown, try "ip help".\n`, 1);
  },
};

const shows: Readonly<Record<string, (context: CommandContext) => string>> = {
  '-o link show': links,
  '-o link': links,
  '-o addr show': addresses,
  '-o route show': routes,
  '-o neigh show': neighbours,
  '-s -s link show': statistics,
};

/** Only bond0 and its ports can be changed here; a port has the MTU of its bond. */
function setLink(context: CommandContext, words: readonly string[]): CommandResult {
  const [name = '', option, value = '', ...more] = words[0] === 'dev' ? words.slice(1) : words;
  if (option !== 'mtu' || more.length > 0) return complained('Error: either "dev" is duplicate, or a garbage.\n', 255);
  if (!isInterface(name)) return complained(`Cannot find device "${name}"\n`, 1);
  if (!context.root) return complained('RTNETLINK answers: Operation not permitted\n', 2);
  const mtu = Number(value);
  if (!/^\d{2,5}$/.test(value)) return complained(`Error: argument "${value}" is wrong: Invalid "mtu" value\n`, 255);
  if (mtu < 68) return complained('Error: mtu less than device minimum.\n', 2);
  if (mtu > 9_978) return complained('Error: mtu greater than device maximum.\n', 2);
  if (name === 'bond0') context.act([setFact('net.mtu', context.node.name, mtu, { key: 'bond0' })]);
  return printed('');
}

interface Link {
  readonly number: number;
  readonly name: InterfaceName;
  readonly flags: string;
  /** `mtu … qlen …`, as it stands behind the flags. */
  readonly attributes: string;
  readonly address: string;
}

function linksOf(context: CommandContext): readonly Link[] {
  const { world, timeline, node, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const service = hasService(context);
  return interfaceNames.flatMap((name, at): readonly Link[] => {
    const mtu = mtuOf(settings, node, name, nowMs);
    const link = (flags: string, attributes: string, address: string): readonly Link[] => [
      { number: at + 1, name, flags, attributes: `mtu ${mtu} ${attributes}`, address },
    ];
    const ether = `link/ether ${macOf(world, node, name)} brd ff:ff:ff:ff:ff:ff`;
    const mode = 'mode DEFAULT group default';
    if (name === 'lo')
      return link(
        'LOOPBACK,UP,LOWER_UP',
        `qdisc noqueue state UNKNOWN ${mode} qlen 1000`,
        'link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      );
    if (name === 'eth0' || name === 'eth1')
      return link('BROADCAST,MULTICAST,SLAVE,UP,LOWER_UP', `qdisc mq master bond0 state UP ${mode} qlen 1000`, ether);
    if (name === 'eth2')
      return service
        ? link('BROADCAST,MULTICAST,UP,LOWER_UP', `qdisc mq state UP ${mode} qlen 1000`, ether)
        : link('BROADCAST,MULTICAST', `qdisc noop state DOWN ${mode} qlen 1000`, ether);
    if (name === 'bond0')
      return link('BROADCAST,MULTICAST,MASTER,UP,LOWER_UP', `qdisc noqueue state UP ${mode} qlen 1000`, ether);
    if (name === 'docker0')
      return link('NO-CARRIER,BROADCAST,MULTICAST,UP', `qdisc noqueue state DOWN ${mode} `, ether);
    const hca = node.hcas[Number(name.slice(2))];
    if (hca === undefined) return [];
    const address = `link/infiniband ${colons(`00001029fe80000000000000${hca.guid}`)} brd 00:ff:ff:ff:ff:12:40:1b:ff:ff:00:00:00:00:00:00:ff:ff:ff:ff`;
    return linkState(world, settings, node, hca, nowMs) === 'active'
      ? link('BROADCAST,MULTICAST,UP,LOWER_UP', `qdisc mq state UP ${mode} qlen 256`, address)
      : link('NO-CARRIER,BROADCAST,MULTICAST,UP', `qdisc mq state DOWN ${mode} qlen 256`, address);
  });
}

function links(context: CommandContext): string {
  return linksOf(context)
    .map(
      ({ number, name, flags, attributes, address }) =>
        `${number}: ${name}: <${flags}> ${attributes.trimEnd()}\\    ${address}\n`,
    )
    .join('');
}

function addresses(context: CommandContext): string {
  const { world, node, timeline, nowMs } = context;
  const lines = linksOf(context).flatMap(({ number, name }): readonly string[] => {
    const line = (rest: string) => `${number}: ${name}    ${rest}\n`;
    const forever = '       valid_lft forever preferred_lft forever';
    const inet = (address: string, bits: number, broadcast: string) =>
      line(`inet ${address}/${bits} brd ${broadcast} scope global ${name}\\${forever}`);
    const local = (mac: string) => line(`inet6 ${linkLocal(mac)}/64 scope link \\${forever}`);
    switch (name) {
      case 'lo':
        return [line(`inet 127.0.0.1/8 scope host lo\\${forever}`), line(`inet6 ::1/128 scope host \\${forever}`)];
      case 'bond0':
        return [
          inet(node.managementIp, 16, '10.64.255.255'),
          ...(gidOrder(context) === 'ipv6-first'
            ? [line(`inet6 ${globalAddress(node.managementIp)}/64 scope global \\${forever}`)]
            : []),
          local(macOf(world, node, name)),
        ];
      case 'docker0':
        return [inet(dockerAddress, 16, '172.17.255.255')];
      case 'eth2':
        return hasService(context)
          ? [
              line(
                `inet ${serviceAddress(node)}/16 metric 50 brd 10.241.255.255 scope global dynamic eth2\\       valid_lft 81234sec preferred_lft 81234sec`,
              ),
              local(macOf(world, node, name)),
            ]
          : [];
      case 'eth0':
      case 'eth1':
        return [];
      default: {
        const rail = Number(name.slice(2));
        const hca = node.hcas[rail];
        if (hca === undefined) return [];
        const up = linkState(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs) === 'active';
        const guid = hca.guid.replace(/(....)(?=.)/g, '$1:').replaceAll(/(^|:)0{1,3}/g, '$1');
        return [
          inet(railAddress(node, rail), 16, `10.${80 + rail}.255.255`),
          ...(up ? [line(`inet6 fe80::${guid}/64 scope link \\${forever}`)] : []),
        ];
      }
    }
  });
  return lines.join('');
}

function routes(context: CommandContext): string {
  const { node } = context;
  return [
    ...(hasService(context)
      ? [`default via 10.241.255.254 dev eth2 proto dhcp src ${serviceAddress(node)} metric 50 `]
      : []),
    `default via ${gateway} dev bond0 proto static metric 100 `,
    `10.64.0.0/16 dev bond0 proto kernel scope link src ${node.managementIp} `,
    ...node.hcas.map(
      (_, rail) => `10.${80 + rail}.0.0/16 dev ib${rail} proto kernel scope link src ${railAddress(node, rail)} `,
    ),
    ...(hasService(context)
      ? [`10.241.0.0/16 dev eth2 proto kernel scope link src ${serviceAddress(node)} metric 50 `]
      : []),
    `172.17.0.0/16 dev docker0 proto kernel scope link src ${dockerAddress} linkdown `,
    '',
  ].join('\n');
}

/** The gateway, the management host, and the nodes of the same rack: who was spoken to of late. */
function neighbours(context: CommandContext): string {
  const { world, node } = context;
  const mates = world.nodes.filter((one) => one.rack === node.rack && one !== node);
  const state = (address: string) =>
    pathTo(context, address).kind === 'open' ? (address.endsWith('1') ? 'STALE' : 'REACHABLE') : 'FAILED';
  return [
    `${gateway} dev bond0 lladdr 00:00:5e:00:01:40 REACHABLE`,
    `${world.management.address} dev bond0 lladdr 3c:ec:ef:5a:10:01 REACHABLE`,
    ...mates.map((mate) => {
      const now = state(mate.managementIp);
      const lladdr = now === 'FAILED' ? '' : `lladdr ${macOf(world, mate, 'bond0')} `;
      return `${mate.managementIp} dev bond0 ${lladdr}${now}`;
    }),
    '',
  ].join('\n');
}

function statistics(context: CommandContext): string {
  const { timeline, node, nowMs } = context;
  const numbers = (values: readonly number[], widths: readonly number[]) =>
    values.map((value, at) => String(value).padStart(widths[at] ?? 8)).join(' ');
  return linksOf(context)
    .map(({ number, name, flags, attributes, address }) => {
      const { rx, tx } = interfaceCounters(timeline, node, name, nowMs);
      return [
        `${number}: ${name}: <${flags}> ${attributes.trimEnd()}`,
        `    ${address}`,
        '    RX:      bytes     packets errors dropped  missed   mcast           ',
        `    ${numbers([rx.bytes, rx.packets, rx.errors, rx.dropped, 0, rx.mcast], [14, 11, 6, 7, 7, 7])} `,
        '    RX errors:  length    crc   frame    fifo overrun',
        `               ${numbers([rx.length, rx.crc, 0, 0, 0], [8, 6, 7, 7, 7])} `,
        '    TX:      bytes     packets errors dropped carrier collsns           ',
        `    ${numbers([tx.bytes, tx.packets, 0, tx.dropped, tx.carrier, 0], [14, 11, 6, 7, 7, 7])} `,
        '    TX errors: aborted   fifo  window heartbt transns',
        `               ${numbers([0, 0, 0, 0, tx.transitions], [7, 6, 7, 7, 7])} `,
        '',
      ].join('\n');
    })
    .join('');
}

function hasService({ timeline, node, nowMs }: CommandContext): boolean {
  const { settings } = timeline.segmentAt(nowMs);
  return (
    settings.facts.has('net.second-default-route') &&
    factAt(settings, { fact: 'net.second-default-route', place: node.name }, nowMs)
  );
}

function gidOrder({ timeline, node, nowMs }: CommandContext): string {
  return factAt(timeline.segmentAt(nowMs).settings, { fact: 'roce.gid-order', place: node.name }, nowMs);
}

/** `fd64::40:7` of `10.64.0.7`. */
export function globalAddress(address: string): string {
  const [, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `fd64::${b.toString(16)}:${(c * 256 + d).toString(16)}`;
}

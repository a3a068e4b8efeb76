import { printed, type ProbeCases } from '../probe-case.ts';

const ip = 'ip of iproute2 6.1, printed on Debian 12; names and addresses of a node with eight rails';
const forever = String.raw`\       valid_lft forever preferred_lft forever`;
const lo = `1: lo    inet 127.0.0.1/8 scope host lo${forever}\n1: lo    inet6 ::1/128 scope host ${forever}\n`;
const eth = `4: eth0    inet 10.20.0.7/24 brd 10.20.0.255 scope global dynamic noprefixroute eth0${String.raw`\       valid_lft 2591sec preferred_lft 2591sec`}\n`;
const rails = (without: number | null, flags = '') =>
  Array.from({ length: 8 }, (_one, at) => {
    const v6 = `${at + 5}: ib${at}    inet6 fe80::ba59:9f03:0:${at + 1}/64 scope link ${at === 2 ? flags : ''}${forever}\n`;
    return at === without
      ? v6
      : `${at + 5}: ib${at}    inet 10.4${at}.0.7/16 brd 10.4${at}.255.255 scope global ib${at}${forever}\n${v6}`;
  }).join('');

export const netInterfacesCases: ProbeCases = {
  faulty: [
    {
      name: 'a rail without its address',
      source: ip,
      output: printed(`${lo}${eth}${rails(3)}`),
      means: ['net.interface.address-missing hca ib3'],
    },
    {
      name: 'an address that another host has',
      source: 'https://man7.org/linux/man-pages/man8/ip-address.8.html (dadfailed)',
      output: printed(`${lo}${eth}${rails(null, 'dadfailed tentative ')}`),
      means: ['net.interface.address-conflict hca ib2'],
    },
  ],
  healthy: [
    { name: 'eight rails', source: ip, output: printed(`${lo}${eth}${rails(null)}`), means: ['net.interface.sound'] },
    {
      name: 'as this machine prints it',
      source: ip,
      output: printed(
        `${lo}4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0${forever}\n4: eth0    inet6 fd00::2/64 scope global nodad ${forever}\n4: eth0    inet6 fe80::fc:ff:fe00:1/64 scope link ${forever}\n`,
      ),
      means: ['net.interface.sound'],
    },
    {
      name: 'docker and a second interface of one subnet',
      source: ip,
      output: printed(
        `${lo}${eth}3: eno2    inet 10.20.0.107/24 brd 10.20.0.255 scope global eno2${forever}\n9: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0${forever}\n`,
      ),
      means: ['net.interface.subnet-twice', 'net.interface.bridges', 'net.interface.sound'],
    },
    {
      name: 'one of two without an address may be meant so',
      source: ip,
      output: printed(`${lo}${eth}5: eth1    inet6 fe80::1/64 scope link ${forever}\n`),
      means: ['net.interface.sound'],
    },
  ],
  garbage: [printed('', 127), printed('Welcome to node-01\n'), printed('4: eth0    inet\n')],
};

const routesOf = (...lines: readonly string[]) => printed(`${lines.join('\n')}\n`);
const plain = [
  'default via 10.20.0.1 dev eth0 proto dhcp src 10.20.0.7 metric 100 ',
  '10.20.0.0/24 dev eth0 proto kernel scope link src 10.20.0.7 ',
];

export const netRoutesCases: ProbeCases = {
  faulty: [
    {
      name: 'two ways to one network',
      source: ip,
      output: routesOf(
        ...plain,
        '10.40.0.0/16 dev ib0 proto kernel scope link src 10.40.0.7 ',
        '10.40.0.0/16 dev ib1 proto kernel scope link src 10.40.0.107 ',
      ),
      means: ['net.route.twice'],
    },
    {
      name: 'over a port without a link',
      source: 'https://man7.org/linux/man-pages/man8/ip-route.8.html (linkdown)',
      output: routesOf(...plain, '10.43.0.0/16 dev ib3 proto kernel scope link src 10.43.0.7 linkdown '),
      means: ['net.route.link-down hca ib3'],
    },
    {
      name: 'a network that somebody closed',
      source: 'https://man7.org/linux/man-pages/man8/ip-route.8.html (blackhole)',
      output: routesOf(...plain, 'blackhole 10.44.0.0/16 '),
      means: ['net.route.refusing'],
    },
  ],
  healthy: [
    { name: 'plain', source: ip, output: routesOf(...plain), means: ['net.route.sound'] },
    {
      name: 'two default routes of different rank, docker without containers',
      source: ip,
      output: routesOf(
        ...plain,
        'default via 10.40.0.1 dev ib0 metric 600 ',
        '172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown ',
      ),
      means: ['net.route.sound'],
    },
    {
      name: 'Calico’s own blackhole',
      source:
        'a node with Calico, whose BIRD sets such routes (https://man7.org/linux/man-pages/man8/ip-route.8.html, proto)',
      output: routesOf(...plain, 'blackhole 10.42.1.0/26 proto bird '),
      means: ['net.route.sound'],
    },
    {
      name: 'several next hops',
      source: 'https://man7.org/linux/man-pages/man8/ip-route.8.html (nexthop)',
      output: routesOf(
        String.raw`default proto static metric 20 \	nexthop via 10.20.0.1 dev eth0 weight 1 \	nexthop via 10.20.0.2 dev eth0 weight 1 `,
        plain[1] ?? '',
      ),
      means: ['net.route.sound'],
    },
    {
      name: 'no way out',
      source: ip,
      output: routesOf(plain[1] ?? ''),
      means: ['net.route.no-default', 'net.route.sound'],
    },
  ],
  garbage: [
    printed('', 1, 'Error: any valid prefix is expected'),
    printed('Welcome to node-01\n'),
    printed('default\n'),
  ],
};

const neighboursOf = (silent: number, others = 12) =>
  printed(
    `${[
      ...Array.from(
        { length: others },
        (_one, at) =>
          `10.20.0.${at + 1} dev eth0 lladdr 02:fc:00:00:00:0${(at % 9) + 1} ${at % 2 === 0 ? 'REACHABLE' : 'STALE'} `,
      ),
      ...Array.from(
        { length: silent },
        (_one, at) => `10.20.1.${at + 1} dev eth0 ${at === 0 ? 'INCOMPLETE' : 'FAILED'} `,
      ),
      'fd00::1 dev eth0 FAILED ',
      '10.42.1.9 dev cali1234567890a FAILED ',
    ].join('\n')}\n`,
  );

export const netNeighboursCases: ProbeCases = {
  faulty: [
    { name: 'four silent', source: ip, output: neighboursOf(4), means: ['net.neighbours.failed'] },
    { name: 'a full table', source: ip, output: neighboursOf(0, 1_024), means: ['net.neighbours.table-full'] },
  ],
  healthy: [
    { name: 'one silent', source: ip, output: neighboursOf(1), means: ['net.neighbours.answering'] },
    {
      name: 'as this machine prints it, and an InfiniBand neighbour',
      source: ip,
      output: printed(
        '192.0.2.1 dev eth0 lladdr 02:fc:00:00:00:05 STALE \nfd00::1 dev eth0 lladdr 02:fc:00:00:00:05 router REACHABLE \n10.40.0.8 dev ib0 lladdr 00:00:10:29:fe:80:00:00:00:00:00:00:b8:59:9f:03:00:00:00:01 DELAY \n',
      ),
      means: ['net.neighbours.answering'],
    },
  ],
  garbage: [
    printed('', 1, 'Cannot open netlink socket'),
    printed('Welcome to node-01\n'),
    printed('10.20.0.1 dev eth0\n'),
  ],
};

const stats = (rxErrors: number, transns: number, dropped = 0, name = 'ens4np0', crc = 0) =>
  printed(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    RX:   bytes  packets errors dropped  missed   mcast           
    21467220446 20396436      0       0       0       0 
    RX errors:    length    crc   frame    fifo overrun
                       0      0       0       0       0 
    TX:   bytes  packets errors dropped carrier collsns           
    21467220446 20396436      0       0       0       0 
    TX errors:   aborted   fifo  window heartbt transns
                       0      0       0       0       0 
5: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000
    link/ether d8:94:24:4a:af:a2 brd ff:ff:ff:ff:ff:ff
    RX:  bytes packets errors dropped  missed   mcast           
     113679554  916406     ${rxErrors}       0       ${dropped}  764902 
    RX errors:  length    crc   frame    fifo overrun           
                    ${rxErrors - crc}      ${crc}       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
      31659318  200165      0       0       0       0 
    TX errors: aborted   fifo  window heartbt transns
                     0      0       0       0       ${transns} 
    altname enp230s0np0
`);
const statsSource =
  'ip -s -s link of iproute2 6.1, of a node with ConnectX-7 (54 errors of 916,406 packets, 3 changes of carrier)';
const crcSource =
  'a mail to netdev about thunderbolt-net (16763 CRC errors of 6360635 packets), in the layout of iproute2 5.4';
const oldStats = (crc: number) =>
  printed(`2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000
    link/ether 00:0f:3d:cd:e6:a2 brd ff:ff:ff:ff:ff:ff
    RX: bytes  packets  errors  dropped overrun mcast   
    9477191497 6360635  ${crc}       0       0       0       
    RX errors: length   crc     frame   fifo    missed
               0        ${crc}       0       0       0       
    TX: bytes  packets  errors  dropped carrier collsns 
    8861       100      0       0       0       0       
    TX errors: aborted  fifo   window heartbeat transns
               0        0       0       0       2       
`);

export const netCountersCases: ProbeCases = {
  faulty: [
    { name: 'many damaged ever', source: crcSource, output: oldStats(16_763), means: ['net.counters.errors hca eth0'] },
    {
      name: 'damaged now',
      source: statsSource,
      output: stats(54, 3),
      second: stats(74, 3, 0, 'ens4np0', 20),
      means: ['net.counters.errors-growing hca ens4np0'],
    },
    {
      name: 'packets of a wrong length now',
      source: statsSource,
      output: stats(54, 3),
      second: stats(74, 3),
      means: ['net.counters.length-errors-growing hca ens4np0'],
    },
    {
      name: 'a carrier that comes and goes',
      source: statsSource,
      output: stats(54, 5),
      second: stats(54, 7),
      means: ['net.counters.carrier-changes hca ens4np0'],
    },
    {
      name: 'a carrier that came and went',
      source: statsSource,
      output: stats(54, 41),
      means: ['net.counters.carrier-changes hca ens4np0'],
    },
    {
      name: 'no room for packets',
      source: statsSource,
      output: stats(54, 3, 100),
      second: stats(54, 3, 900),
      means: ['net.counters.overrun hca ens4np0'],
    },
  ],
  healthy: [
    { name: 'a few damaged since the start', source: statsSource, output: stats(54, 3), means: ['net.counters.sound'] },
    {
      name: 'and no more since',
      source: statsSource,
      output: stats(54, 3),
      second: stats(54, 3),
      means: ['net.counters.sound'],
    },
    { name: 'an older version', source: 'ip of iproute2 5.4', output: oldStats(0), means: ['net.counters.sound'] },
    {
      name: 'counters of a virtual interface say nothing',
      source: statsSource,
      output: stats(540_000, 3, 0, 'veth12ab'),
      means: ['net.counters.sound'],
    },
  ],
  garbage: [
    printed('', 127),
    printed('Welcome to node-01\n'),
    printed('2: eth0: <UP> mtu 1500\n    RX:  bytes packets errors\n    12 x 0\n'),
    printed('2: eth0: <UP> mtu 1500\n'),
  ],
};

const tcp = (
  changes: {
    readonly out?: number;
    readonly resent?: number;
    readonly reverse?: number;
    readonly overflow?: number;
  } = {},
) =>
  printed(`Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors
Ip: 2 64 20700767 0 0
Icmp: InMsgs InErrors InCsumErrors InDestUnreachs
Icmp: 5 0 0 5
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 102099 84842 16593 2325 0 20694290 ${changes.out ?? 20_534_762} ${changes.resent ?? 40_618} 0 19635 0
TcpExt: SyncookiesSent TW ListenOverflows ListenDrops TCPTimeouts IPReversePathFilter
TcpExt: 0 83206 ${changes.overflow ?? 69} 69 40078 ${changes.reverse ?? 0}
IpExt: InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts
IpExt: 0 0 0 0
`);
const tcpSource = '/proc/net/snmp and /proc/net/netstat of Linux 6.1, printed on Debian 12, columns left out';

export const netTcpCases: ProbeCases = {
  faulty: [
    {
      name: 'much is sent again',
      source: tcpSource,
      output: tcp({ resent: 640_000 }),
      means: ['net.tcp.retransmitting'],
    },
    {
      name: 'much is sent again now',
      source: tcpSource,
      output: tcp(),
      second: tcp({ out: 20_544_762, resent: 41_018 }),
      means: ['net.tcp.retransmitting'],
    },
    {
      name: 'the reverse path filter drops',
      source: tcpSource,
      output: tcp(),
      second: tcp({ reverse: 40 }),
      means: ['net.tcp.reverse-path-dropped'],
    },
    {
      name: 'a listener overflows',
      source: tcpSource,
      output: tcp(),
      second: tcp({ overflow: 99 }),
      means: ['net.tcp.listen-overflow'],
    },
  ],
  healthy: [
    { name: 'hardly anything', source: tcpSource, output: tcp(), means: ['net.tcp.sound'] },
    {
      name: 'one of five segments is no share',
      source: tcpSource,
      output: tcp(),
      second: tcp({ out: 20_534_767, resent: 40_619 }),
      means: ['net.tcp.sound'],
    },
    { name: 'just started', source: tcpSource, output: tcp({ out: 200, resent: 20 }), means: ['net.tcp.sound'] },
  ],
  garbage: [
    printed('', 1, 'cat: /proc/net/snmp: No such file or directory'),
    printed('Welcome to node-01\n'),
    printed('Tcp: OutSegs RetransSegs\nTcp: 1\n'),
    printed('Ip: Forwarding\nIp: 2\n'),
  ],
};

const mlx5 =
  'https://github.com/isc-projects/ethq/issues/8 (ConnectX-4), with the per-priority counters of the kernel’s documentation';
const nic = (changes: Readonly<Record<string, number>> = {}) =>
  printed(
    `NIC statistics:\n${Object.entries({
      rx_packets: 845_320_277,
      rx_bytes: 2_195_783_498_134,
      tx_packets: 896_117_891,
      rx_out_of_buffer: 0,
      rx_crc_errors_phy: 0,
      rx_symbol_err_phy: 0,
      rx_discards_phy: 0,
      tx_discards_phy: 0,
      tx_pause_storm_error_events: 0,
      rx_prio3_pause: 1_523,
      rx_prio3_pause_duration: 48_736,
      tx_prio3_pause: 2_847,
      tx_prio3_pause_duration: 91_104,
      rx_prio3_discards: 0,
      ...changes,
    })
      .map(([name, value]) => `     ${name}: ${value}\n`)
      .join('')}`,
  );
const eth0 = { interface: 'eth0' };

export const rocePfcCases: ProbeCases = {
  faulty: [
    {
      name: 'paused a quarter of the time',
      source: mlx5,
      output: nic(),
      second: nic({ rx_prio3_pause_duration: 548_736 }),
      args: eth0,
      means: ['roce.pfc.paused hca eth0'],
    },
    {
      name: 'pauses others',
      source: mlx5,
      output: nic(),
      second: nic({ tx_prio3_pause_duration: 891_104 }),
      args: eth0,
      means: ['roce.pfc.pauses-others hca eth0'],
    },
    {
      name: 'drops',
      source: mlx5,
      output: nic(),
      second: nic({ rx_discards_phy: 12, rx_prio3_discards: 12 }),
      args: eth0,
      means: ['roce.pfc.drops hca eth0'],
    },
    {
      name: 'a storm',
      source: mlx5,
      output: nic(),
      second: nic({ tx_pause_storm_error_events: 1 }),
      args: eth0,
      means: ['roce.pfc.storm hca eth0'],
    },
    {
      name: 'a bad cable',
      source: mlx5,
      output: nic(),
      second: nic({ rx_crc_errors_phy: 4 }),
      args: eth0,
      means: ['roce.pfc.damaged-packets hca eth0'],
    },
  ],
  healthy: [
    {
      name: 'read once',
      source: mlx5,
      output: nic({ rx_discards_phy: 9 }),
      args: eth0,
      means: ['roce.pfc.sound hca eth0'],
    },
    {
      name: 'quiet',
      source: mlx5,
      output: nic(),
      second: nic({ rx_packets: 845_900_000, rx_prio3_pause_duration: 49_000 }),
      args: eth0,
      means: ['roce.pfc.sound hca eth0'],
    },
    {
      name: 'counters were cleared in between',
      source: mlx5,
      output: nic({ rx_discards_phy: 900 }),
      second: nic(),
      args: eth0,
      means: ['roce.pfc.sound hca eth0'],
    },
    {
      name: 'another vendor',
      source: 'https://github.com/isc-projects/ethq/issues/6 (bnx2x)',
      output: printed(
        'NIC statistics:\n     [0]: rx_bytes: 209487403324\n     [0]: rx_ucast_packets: 194386668\n     [0]: rx_discards: 0\n',
      ),
      args: eth0,
      means: ['roce.pfc.sound hca eth0'],
    },
  ],
  garbage: [
    printed('', 94, 'no stats available'),
    printed('Welcome to node-01\n'),
    printed('NIC statistics:\n     rx_packets: many\n'),
  ],
};

const settings = (changes: { readonly speed?: string; readonly duplex?: string; readonly link?: string } = {}) =>
  printed(`Settings for eth0:
\tSupported ports: [ FIBRE ]
\tSupported link modes:   1000baseKX/Full
\t                        10000baseKR/Full
\t                        25000baseCR/Full
\tSupported pause frame use: Symmetric
\tSupports auto-negotiation: Yes
\tSupported FEC modes: None\t RS\t BASER
\tAdvertised link modes:  25000baseCR/Full
\tAdvertised pause frame use: Symmetric
\tSpeed: ${changes.speed ?? '25000Mb/s'}
\tDuplex: ${changes.duplex ?? 'Full'}
\tAuto-negotiation: on
\tPort: FIBRE
\tPHYAD: 0
\tTransceiver: internal
netlink error: Operation not permitted
\tCurrent message level: 0x00000004 (4)
\t                       link
\tLink detected: ${changes.link ?? 'yes'}
`);
const ethtool = 'ethtool 5.16 (and 6.x with the reason) as published with ConnectX and BCM57414 adapters';

export const netLinkSettingsCases: ProbeCases = {
  faulty: [
    {
      name: 'no link',
      source: ethtool,
      output: settings({ speed: 'Unknown!', duplex: 'Unknown! (255)', link: 'no' }),
      args: eth0,
      means: ['net.link.not-detected hca eth0'],
    },
    {
      name: 'no link, and why',
      source: ethtool,
      output: settings({ speed: 'Unknown!', duplex: 'Unknown! (255)', link: 'no (No cable)' }),
      args: eth0,
      means: ['net.link.not-detected hca eth0'],
    },
    {
      name: 'half duplex',
      source: ethtool,
      output: settings({ speed: '1000Mb/s', duplex: 'Half' }),
      args: eth0,
      means: ['net.link.half-duplex hca eth0'],
    },
    {
      name: 'no such interface',
      source: 'ethtool 5.16: netlink error',
      output: printed(
        '',
        75,
        'netlink error: no device matches name (offset 24)\nnetlink error: No such device\nNo data available\n',
      ),
      args: eth0,
      means: ['net.link.interface-absent hca eth0'],
    },
    {
      name: 'no such interface, before netlink',
      source: 'ethtool 5.4',
      output: printed('Settings for eth0:\nNo data available\n', 75, 'Cannot get device settings: No such device\n'),
      args: eth0,
      means: ['net.link.interface-absent hca eth0'],
    },
  ],
  healthy: [
    {
      name: 'at its full speed',
      source: ethtool,
      output: settings(),
      args: eth0,
      means: ['net.link.detected hca eth0'],
    },
    {
      name: 'at a switch of 10 Gb/s',
      source: ethtool,
      output: settings({ speed: '10000Mb/s' }),
      args: eth0,
      means: ['net.link.below-capability hca eth0', 'net.link.detected hca eth0'],
    },
    {
      name: 'a virtual one',
      source: 'https://github.com/Mellanox/k8s-rdma-sriov-dev-plugin/issues/30',
      output: printed(`Settings for eth0:
\tSupported ports: [ ]
\tSupported link modes:   Not reported
\tSupported pause frame use: No
\tSpeed: 10000Mb/s
\tDuplex: Full
\tPort: Twisted Pair
\tLink detected: yes
`),
      args: eth0,
      means: ['net.link.detected hca eth0'],
    },
  ],
  garbage: [printed('', 127), printed('Welcome to node-01\n'), printed('Settings for eth0:\n\tSpeed: 25000Mb/s\n')],
};

import { printed, type ProbeCases } from '../probe-case.ts';

const iputils =
  'https://github.com/iputils/iputils/blob/master/ping/ping_common.c, as printed by ping of iputils 20211215';
const old = 'https://github.com/iputils/iputils/blob/s20190709/ping_common.c';
const busybox = 'https://github.com/mirror/busybox/blob/master/networking/ping.c';

const counts = (target: string, received: number, extra = '', size = '56(84)') =>
  `PING ${target} (${target}) ${size} bytes of data.
${Array.from({ length: received }, (_one, at) => `64 bytes from ${target}: icmp_seq=${at + 1} ttl=64 time=0.10${at} ms\n`).join('')}${extra}
--- ${target} ping statistics ---
3 packets transmitted, ${received} received, ${received === 3 ? '0' : received === 0 ? '100' : '33.3333'}% packet loss, time 402ms
${received === 0 ? '' : 'rtt min/avg/max/mdev = 0.087/0.102/0.119/0.013 ms\n'}`;
const args = { peer: '10.20.0.8' };

const unresolved = printed('', 2, 'ping: node-99: Name or service not known\n');
const garbage = [
  printed('', 127, 'bash: line 1: ping: command not found'),
  printed('Welcome to node-01\n'),
  printed('', 2, 'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted'),
  printed('PING 10.20.0.8 (10.20.0.8) 56(84) bytes of data.\n', null),
];

export const netReachCases: ProbeCases = {
  faulty: [
    {
      name: 'no answer',
      source: iputils,
      output: printed(counts('10.20.0.8', 0), 1),
      args,
      means: ['net.reach.no-answer'],
    },
    {
      name: 'no answer to ARP',
      source: iputils,
      output: printed(
        counts('10.20.0.8', 0, 'From 10.20.0.7 icmp_seq=1 Destination Host Unreachable\n').replace(
          '0 received',
          '0 received, +3 errors',
        ),
        1,
      ),
      args,
      means: ['net.reach.no-answer'],
    },
    {
      name: 'one of three lost',
      source: iputils,
      output: printed(counts('10.20.0.8', 2), 0),
      args,
      means: ['net.reach.lossy'],
    },
    {
      name: 'all answered at first, one lost on the second read',
      source: iputils,
      output: printed(counts('10.20.0.8', 3), 0),
      second: printed(counts('10.20.0.8', 2), 0),
      args,
      means: ['net.reach.lossy'],
    },
    {
      name: 'filtered on the way',
      source: iputils,
      output: printed(counts('10.20.0.8', 0, 'From 10.20.0.254 icmp_seq=1 Packet filtered\n'), 1),
      args,
      means: ['net.reach.filtered'],
    },
    {
      name: 'filtered on this host',
      source: iputils,
      output: printed(counts('10.20.0.8', 0), 1, 'ping: sendmsg: Operation not permitted\n'),
      args,
      means: ['net.reach.filtered'],
    },
    {
      name: 'no route',
      source: iputils,
      output: printed('', 2, 'ping: connect: Network is unreachable\n'),
      args,
      means: ['net.reach.no-route'],
    },
    {
      name: 'no such name',
      source: iputils,
      output: unresolved,
      args: { peer: 'node-99' },
      means: ['net.peer.unresolved'],
    },
    {
      name: 'no such name, as older versions say',
      source: old,
      output: printed('', 2, 'ping: unknown host node-99\n'),
      args: { peer: 'node-99' },
      means: ['net.peer.unresolved'],
    },
  ],
  healthy: [
    { name: 'answers', source: iputils, output: printed(counts('10.20.0.8', 3)), args, means: ['net.reach.answers'] },
    {
      name: 'answers, as busybox prints it',
      source: busybox,
      output: printed(
        'PING 10.20.0.8 (10.20.0.8): 56 data bytes\n64 bytes from 10.20.0.8: seq=0 ttl=64 time=0.113 ms\n\n--- 10.20.0.8 ping statistics ---\n3 packets transmitted, 3 packets received, 0% packet loss\nround-trip min/avg/max = 0.074/0.093/0.113 ms\n',
      ),
      args,
      means: ['net.reach.answers'],
    },
  ],
  garbage,
};

export const netNodeReachCases: ProbeCases = {
  faulty: [
    {
      name: 'host down',
      source: iputils,
      output: printed(counts('10.20.0.7', 0), 1),
      args: { node: 'node-07', address: '10.20.0.7' },
      means: ['net.node.silent'],
    },
    {
      name: 'no neighbour there',
      source: iputils,
      output: printed(counts('10.20.0.7', 0, 'From 10.20.0.250 icmp_seq=1 Destination Host Unreachable\n'), 1),
      args: { node: 'node-07' },
      means: ['net.node.silent'],
    },
    {
      name: 'some lost',
      source: iputils,
      output: printed(counts('10.20.0.7', 2)),
      args: { node: 'node-07' },
      means: ['net.node.lossy'],
    },
    {
      name: 'not known by name',
      source: iputils,
      output: unresolved,
      args: { node: 'node-99' },
      means: ['net.peer.unresolved'],
    },
  ],
  healthy: [
    {
      name: 'host up, whatever SSH says',
      source: iputils,
      output: printed(counts('10.20.0.7', 3)),
      args: { node: 'node-07' },
      means: ['net.node.answers'],
    },
  ],
  garbage,
};

const jumbo = (body: string, received: number, errors = 0) =>
  `PING 10.20.0.8 (10.20.0.8) 8972(9000) bytes of data.
${body}
--- 10.20.0.8 ping statistics ---
2 packets transmitted, ${received} received${errors === 0 ? '' : `, +${errors} errors`}, ${received === 2 ? 0 : 100}% packet loss, time 1017ms
${received === 2 ? 'rtt min/avg/max/mdev = 0.418/0.425/0.432/0.007 ms\n' : ''}`;
const mtuSource =
  'https://www.rfc-editor.org/rfc/rfc1191; text of iputils 20211215 as published in several guides to jumbo frames';

export const netPathMtuCases: ProbeCases = {
  faulty: [
    {
      name: 'swallowed without a word',
      source: mtuSource,
      output: printed(jumbo('', 0), 1),
      args,
      means: ['net.path-mtu.black-hole'],
    },
    {
      name: 'no such name',
      source: iputils,
      output: unresolved,
      args: { peer: 'node-99' },
      means: ['net.peer.unresolved'],
    },
  ],
  healthy: [
    {
      name: 'passes',
      source: mtuSource,
      output: printed(
        jumbo(
          '8980 bytes from 10.20.0.8: icmp_seq=1 ttl=64 time=0.432 ms\n8980 bytes from 10.20.0.8: icmp_seq=2 ttl=64 time=0.418 ms\n',
          2,
        ),
      ),
      args,
      means: ['net.path-mtu.passes'],
    },
    {
      name: 'a network of 1,500 bytes',
      source:
        'https://github.com/trailofbits/algo/blob/master/docs/troubleshooting.md (ping: local error: Message too long)',
      output: printed(
        jumbo('', 0, 2),
        1,
        'ping: local error: Message too long, mtu=1500\nping: local error: Message too long, mtu=1500\n',
      ),
      args,
      means: ['net.path-mtu.smaller'],
    },
    {
      name: 'a router with less than the hosts',
      source: mtuSource,
      output: printed(jumbo('From 10.20.0.254 icmp_seq=1 Frag needed and DF set (mtu = 1500)\n', 0, 1), 1),
      args,
      means: ['net.path-mtu.smaller'],
    },
  ],
  garbage,
};

const bsd = 'https://github.com/openbsd/src/blob/master/usr.bin/nc/netcat.c, netcat-openbsd 1.218 of Ubuntu 22.04';
const nmap = 'https://github.com/nmap/nmap/blob/master/ncat/ncat_connect.c';
const place = { host: '10.20.0.7', port: 29_500 };

export const netPortsReachableCases: ProbeCases = {
  faulty: [
    {
      name: 'swallowed',
      source: bsd,
      output: printed('', 1, 'nc: connect to 10.20.0.7 port 29500 (tcp) timed out: Operation now in progress\n'),
      args: place,
      means: ['net.port.no-answer'],
    },
    {
      name: 'swallowed, Ncat',
      source: nmap,
      output: printed('', 1, 'Ncat: Version 7.92 ( https://nmap.org/ncat )\nNcat: TIMEOUT.\n'),
      args: place,
      means: ['net.port.no-answer'],
    },
    {
      name: 'rejected by a filter',
      source: bsd,
      output: printed('', 1, 'nc: connect to 10.20.0.7 port 29500 (tcp) failed: No route to host\n'),
      args: place,
      means: ['net.port.rejected'],
    },
    {
      name: 'no such name',
      source: bsd,
      output: printed('', 1, 'nc: getaddrinfo for host "node-99" port 29500: Name or service not known\n'),
      args: { host: 'node-99', port: 29_500 },
      means: ['net.peer.unresolved'],
    },
    {
      name: 'answers only now and then',
      source: bsd,
      output: printed('', 0, 'Connection to 10.20.0.7 29500 port [tcp/*] succeeded!\n'),
      second: printed('', 1, 'nc: connect to 10.20.0.7 port 29500 (tcp) timed out: Operation now in progress\n'),
      args: place,
      means: ['net.port.no-answer'],
    },
  ],
  healthy: [
    {
      name: 'open',
      source: bsd,
      output: printed('', 0, 'Connection to 10.20.0.7 29500 port [tcp/*] succeeded!\n'),
      args: place,
      means: ['net.port.open'],
    },
    {
      name: 'open, by name, a newer version',
      source: bsd,
      output: printed('', 0, 'Connection to node-07 (10.20.0.7) 22 port [tcp/ssh] succeeded!\n'),
      args: { host: 'node-07', port: 22 },
      means: ['net.port.open'],
    },
    {
      name: 'open, Ncat',
      source: nmap,
      output: printed(
        '',
        0,
        'Ncat: Version 7.92 ( https://nmap.org/ncat )\nNcat: Connected to 10.20.0.7:29500.\nNcat: 0 bytes sent, 0 bytes received in 0.02 seconds.\n',
      ),
      args: place,
      means: ['net.port.open'],
    },
    {
      name: 'open, traditional',
      source: 'https://manpages.debian.org/bookworm/netcat-traditional/nc.1.en.html',
      output: printed('', 0, 'node-07 [10.20.0.7] 29500 (?) open\n'),
      args: place,
      means: ['net.port.open'],
    },
    {
      name: 'nobody listens',
      source: bsd,
      output: printed('', 1, 'nc: connect to 10.20.0.7 port 29500 (tcp) failed: Connection refused\n'),
      args: place,
      means: ['net.port.refused'],
    },
  ],
  garbage: [
    printed('', 127, 'sh: 1: nc: not found'),
    printed('Welcome to node-01\n'),
    printed('', 1, 'usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval]'),
    printed('', 0, ''),
  ],
};

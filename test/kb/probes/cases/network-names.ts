import { printed, type ProbeCases } from '../probe-case.ts';

const getent = 'getent of glibc 2.36, printed on Debian 12';
const addresses = (...list: readonly (readonly [address: string, name: string])[]) =>
  printed(
    list
      .map(
        ([address, name]) =>
          `${address.padEnd(15)} STREAM ${name}\n${address.padEnd(15)} DGRAM  \n${address.padEnd(15)} RAW    \n`,
      )
      .join(''),
  );
const node = { name: 'node-07', gpus: [] };

export const netNameResolutionCases: ProbeCases = {
  faulty: [
    {
      name: 'no such name',
      source: getent,
      output: printed('', 2),
      node,
      args: { node: 'node-07', host: 'node-01' },
      means: ['net.name.unresolved'],
    },
    {
      name: 'the rendezvous leads here',
      source: getent,
      output: addresses(['127.0.0.1', 'node-01']),
      node,
      args: { node: 'node-07', host: 'node-01' },
      means: ['net.name.loopback'],
    },
    {
      name: 'its own name is loopback',
      source: 'https://github.com/aws-samples/aws-do-eks/pull/69',
      output: addresses(['127.0.1.1', 'node-07']),
      node,
      args: { node: 'node-07', host: 'node-07' },
      means: ['net.name.own-is-loopback'],
    },
  ],
  healthy: [
    {
      name: 'one address',
      source: getent,
      output: addresses(['10.20.0.1', 'node-01']),
      node,
      args: { node: 'node-07', host: 'node-01' },
      means: ['net.name.resolved'],
    },
    {
      name: 'one of each family',
      source: getent,
      output: addresses(['10.20.0.1', 'node-01.cluster'], ['fd00::1', '']),
      node,
      args: { node: 'node-07', host: 'node-01' },
      means: ['net.name.resolved'],
    },
    {
      name: 'two networks under one name',
      source: getent,
      output: addresses(['10.20.0.1', 'node-01'], ['10.40.0.1', '']),
      node,
      args: { node: 'node-07', host: 'node-01' },
      means: ['net.name.several-addresses', 'net.name.resolved'],
    },
  ],
  garbage: [
    printed('', 127, 'sh: 1: getent: not found'),
    printed('Welcome to node-01\n'),
    printed('', 1, 'Unknown database: ahosts'),
    printed('', 0, ''),
  ],
};

const files = 'resolv.conf and hosts of Debian 12 and Ubuntu 22.04 (127.0.1.1 by their installers)';
const stub = 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch cluster.internal\n';
const hosts =
  '127.0.0.1 localhost\n\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff02::1 ip6-allnodes\n';

export const netResolverCases: ProbeCases = {
  faulty: [
    { name: 'no name server, no hosts', source: files, output: printed(hosts), node, means: ['net.resolver.none'] },
    {
      name: 'one name, two addresses',
      source: files,
      output: printed(`${stub}${hosts}10.20.0.1 node-01\n10.20.0.11 node-01 node-01.cluster.internal\n`),
      node,
      means: ['net.resolver.name-twice'],
    },
  ],
  healthy: [
    { name: 'a stub resolver', source: files, output: printed(`${stub}${hosts}`), node, means: ['net.resolver.sound'] },
    {
      name: 'hosts only',
      source: files,
      output: printed(`# no DNS here\n${hosts}10.20.0.1 node-01\n10.20.0.7\tnode-07 # this one\n`),
      node,
      means: ['net.resolver.sound'],
    },
    {
      name: 'without resolv.conf',
      source: files,
      output: printed(`${hosts}10.20.0.1 node-01\n`, 1, 'cat: /etc/resolv.conf: No such file or directory\n'),
      node,
      means: ['net.resolver.sound'],
    },
    {
      name: 'its own name at 127.0.1.1',
      source: files,
      output: printed(`${stub}127.0.0.1 localhost\n127.0.1.1 node-07\n10.20.0.1 node-01\n`),
      node,
      means: ['net.resolver.own-name-loopback', 'net.resolver.sound'],
    },
    {
      name: 'one name with an address of each family',
      source: files,
      output: printed(`${stub}10.20.0.1 node-01\nfd00::1 node-01\n`),
      node,
      means: ['net.resolver.sound'],
    },
  ],
  garbage: [
    printed('', 1, 'cat: /etc/resolv.conf: Permission denied'),
    printed('Welcome to node-01\n'),
    printed('<html>\n<body>'),
  ],
};

const ss = 'ss of iproute2 5.15 and 6.1, printed on Ubuntu 22.04 and Debian 12';
const listening = (...rows: readonly string[]) => printed(`${rows.join('\n')}\n`);
const usual = [
  'LISTEN 0      4096   127.0.0.53%lo:53         0.0.0.0:*',
  'LISTEN 0      128          0.0.0.0:22         0.0.0.0:*',
  'LISTEN 0      128             [::]:22            [::]:*',
  'LISTEN 0      4096               *:9100             *:*',
];

export const netListenersCases: ProbeCases = {
  faulty: [
    {
      name: 'a rendezvous that does not accept',
      source: ss,
      output: listening(...usual, 'LISTEN 129    128          0.0.0.0:29500      0.0.0.0:*'),
      args: { rendezvousPort: 29_500 },
      means: ['net.listener.queue-full'],
    },
    {
      name: 'a rendezvous on loopback',
      source: ss,
      output: listening(...usual, 'LISTEN 0      2048       127.0.0.1:29500      0.0.0.0:*'),
      args: { rendezvousPort: 29_500 },
      means: ['net.listener.rendezvous-on-loopback'],
    },
  ],
  healthy: [
    { name: 'usual services', source: ss, output: listening(...usual), means: ['net.listener.fine'] },
    {
      name: 'a rendezvous for all',
      source: ss,
      output: listening(...usual, 'LISTEN 0      2048               *:29500            *:*'),
      args: { rendezvousPort: 29_500 },
      means: ['net.listener.fine'],
    },
    {
      name: 'no rendezvous yet',
      source: ss,
      output: listening(...usual),
      args: { rendezvousPort: 29_500 },
      means: ['net.listener.rendezvous-absent', 'net.listener.fine'],
    },
    {
      name: 'an older version without the state',
      source: 'ss of iproute2 4.15',
      output: listening('0      128          *:22         *:*'),
      means: ['net.listener.fine'],
    },
  ],
  garbage: [
    printed('', 255, 'ss: unrecognized option'),
    printed('Welcome to node-01\n'),
    printed('State Recv-Q Send-Q Local Address:Port\n'),
  ],
};

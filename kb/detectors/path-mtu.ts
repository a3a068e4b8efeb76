import { lineDetector } from './line-patterns.ts';

/** Packets that are larger than the path lets through, as ping, the kernel, packet captures and verbs tools word it. */
export const pathMtu = lineDetector('path-mtu', [
  {
    id: 'mtu.path.too-narrow',
    summary: 'a packet was larger than the path allows',
    role: 'cause',
    weighs: { 'mtu-mismatch': 5.6 },
    source: 'https://github.com/iputils/iputils/blob/master/ping/ping.c',
    literals: [
      'message too large',
      'need to frag',
      'packet too big',
      'packet too large',
      'path mtu',
      'pmtu',
      'black hole',
      'blackhole',
      'active_mtu',
      'active mtu',
      'remote mtu',
      'path_mtu',
      'pkt_toobig',
      'local mtu',
      'local_mtu',
      'peer mtu',
      'peer_mtu',
      'remote_mtu',
      'is too big for',
    ],
    pattern:
      /(?:sendmsg|sendto|send|ping|write)[^\n]{0,30}: Message too large|unreachable - need to frag|ICMP6?,? packet[ -]too[ -]big|\bICMPV6_PKT_TOOBIG|\bPacket too (?:big|large)[:,]? ?\(?mtu|(?:path[ _]MTU|PMTU)[^\n]{0,40}(?:black ?hole|smaller than|lower than|exceeded|mismatch|too (?:small|large))|(?:remote|peer|local|active|path)[ _]MTU\b[^\n]{0,50}(?:differs?|does not (?:match|fit)|doesn't match|not equal|!=|is (?:larger|smaller|greater|lower|less) than|exceeds)|\bmtu \d{3,5} is too big for/i,
    sees: [
      'ping: sendmsg: Message too large',
      '10:01:02.3 IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.9 unreachable - need to frag (mtu 1500), length 556',
      'WARNING: mlx5_0: active MTU 1024 differs from the remote MTU 4096',
      '10:01:02.3 IP6 fe80::1 > fe80::2: ICMP6, packet too big, mtu 1480, length 1240',
      'path MTU black hole detected towards 10.0.0.7',
    ],
    ignores: [
      'active_mtu:             4096 (5)',
      'Mtu             : 4096[B]',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP',
      'grpc: received message larger than max',
    ],
  },
]);

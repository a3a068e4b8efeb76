import { lineDetector } from './line-patterns.ts';

/** Filters between hosts as libraries and tools guess or report them; the kernel's own lines have their reader. */
export const packetFilters = lineDetector('packet-filters', [
  {
    id: 'firewall.policy-denied',
    summary: 'a network policy or security group refuses the packets',
    role: 'cause',
    weighs: { 'firewall-blocked': 5.6 },
    source: 'https://docs.cilium.io/en/stable/operations/troubleshooting/',
    literals: [
      'policy denied',
      'policy_denied',
      'denied by policy',
      'dropped by network',
      'denied by network',
      'blocked by ',
      'dropped by policy',
      'administratively ',
      'admin prohibited',
      'host prohibited',
      'packet filtered',
    ],
    pattern:
      /\bdrop \(Policy denied|\bPOLICY_DENIED\b|(?:denied|dropped) by (?:network ?)?policy|blocked by (?:the |a )?(?:firewall|security group|network policy|iptables|nftables)(?! if)|(?<!open failed: )(?:communication |host )?administratively (?:filtered|prohibited)|unreachable - admin prohibited|Destination Host Prohibited|Packet filtered$/i,
    sees: [
      'xx drop (Policy denied) flow 0x0 to endpoint 123, identity 3->4: 10.0.0.1:4000 -> 10.0.0.2:29500 tcp SYN',
      '10:01:02.3 IP 10.0.0.2 > 10.0.0.1: ICMP host 10.0.0.2 unreachable - admin prohibited filter, length 68',
      'From 10.0.0.2 icmp_seq=1 Packet filtered',
      'the connection to 10.0.0.2:41000 was blocked by the firewall',
    ],
    ignores: ['default policy: DROP', 'Chain INPUT (policy ACCEPT)'],
  },
  {
    id: 'firewall.guessed-by-library',
    summary: 'a library cannot reach a peer and names the firewall as the usual reason',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.4, 'socket-interface-mismatch': 2.4, 'rendezvous-resolution': 0.8 },
    source: 'https://github.com/open-mpi/prrte/blob/master/src/mca/oob/tcp/help-oob-tcp.txt',
    literals: ['firewall', 'security group', 'please ensure', 'please make sure', 'please verify'],
    pattern:
      /usually caused by a firewall|[Cc]heck (?:that |whether |if )?(?:any |the |your )?firewalls?\b|incorrect inbound\/outbound rules in the security group|(?:may|might|could) be (?:blocked by|due to|caused by) (?:a |the |your )?firewall|[Pp]lease (?:ensure|make sure|verify)[^\n]{0,60}(?:ports?|firewall)[^\n]{0,40}(?:open|allow|not block)/,
    sees: [
      'This is usually caused by a firewall on the remote host. Please check that any firewall (e.g., iptables) has been disabled and try again.',
      'Unresponsive receiver. This error is typically caused by a peer hardware failure or incorrect inbound/outbound rules in the security group',
      'Cannot reach 10.0.0.1:6379. Please make sure the ports are open in the firewall.',
    ],
    ignores: ['firewall: inactive'],
  },
  {
    id: 'net.port.unanswered',
    summary: 'a port of a peer does not answer a test of the connection',
    role: 'context',
    weighs: { 'firewall-blocked': 2.4, 'rendezvous-resolution': 0.8, 'socket-interface-mismatch': 0.8 },
    source: 'https://man.openbsd.org/nc.1',
    literals: ['nc: connect', 'ncat: ', 'telnet: ', 'filtered'],
    pattern:
      /\bnc: connect to [\w.:-]{2,80} port \d{1,5} \(tcp\) failed: (?:Connection timed out|No route to host|Operation timed out)|Ncat: (?:Connection timed out|No route to host|TIMEOUT)|telnet: Unable to connect to remote host: (?:Connection timed out|No route to host)|^\d{1,5}\/tcp +filtered\b/,
    sees: ['nc: connect to 10.0.0.2 port 29500 (tcp) failed: Connection timed out', '29500/tcp filtered unknown'],
    ignores: [
      'nc: connect to 10.0.0.2 port 29500 (tcp) failed: Connection refused',
      'Connection to 10.0.0.2 29500 port [tcp/*] succeeded!',
    ],
  },
]);

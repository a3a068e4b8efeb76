import { lineDetector } from './line-patterns.ts';

const conntrack = 'https://github.com/torvalds/linux/blob/master/net/netfilter/nf_conntrack_core.c';
const neighbour = 'https://github.com/torvalds/linux/blob/master/net/core/neighbour.c';

/** Addressing, packet sizes and filters of the host's network: paths whose links are fine. */
export const hostNetwork = lineDetector('host-network', [
  {
    id: 'roce.gid.wrong',
    summary: 'the GID that is used is absent, of the wrong type or unroutable',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 5.5 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-ib-gid-index',
    literals: ['gid'],
    pattern:
      /(?:\bGID\b|gid[_ ]index|NCCL_IB_GID_INDEX)[^\n]{0,80}(?:is (?:zero|empty|invalid|not (?:valid|found|routable|set))|invalid|out of range|not found|all zeros?|mismatch|differs|wrong)|(?:[Ff]ailed|[Uu]nable|[Cc]annot|[Cc]ould not)[^\n]{0,40}(?:query|find|get|read)[^\n]{0,30}(?<!EFA's |UID\/)\bgid\b|ibv_query_gid[^\n]{0,40}fail/i,
    sees: [
      'NCCL WARN NET/IB : GID index 3 is invalid on mlx5_0',
      'Failed to query GID 3 on port 1',
      'Call to ibv_query_gid failed',
    ],
    ignores: [
      'NET/IB: NCCL_IB_GID_INDEX set by environment to 3.',
      'local GID index 3',
      "Failed to get current EFA's GID, errno: 19",
      'ERRO[0000] cannot find UID/GID for user train: no subuid ranges found for user "train" in /etc/subuid',
    ],
  },
  {
    id: 'roce.gid.changed',
    summary: 'the GID table of a port changed while jobs may have been using it',
    role: 'context',
    weighs: { 'roce-gid-misconfig': 1.8, 'rdma-link-fault': 0.6 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/infiniband/core/cache.c',
    literals: ['gid table', 'gid_change', 'gid index', 'async event : gid'],
    pattern:
      /IBV_EVENT_GID_CHANGE|async event ?: GID table change|GID table (?:has )?changed|(?:modify|delete|add)_?\w{0,4} ?gid index \d{1,3}/i,
    sees: ['NCCL WARN NET/IB : mlx5_0:1 Got async event : GID table change'],
    ignores: ['GID table size: 256'],
  },
  {
    id: 'mtu.mismatch',
    summary: 'packets are larger than a part of the path allows',
    role: 'cause',
    weighs: { 'mtu-mismatch': 6 },
    source: 'https://docs.kernel.org/networking/ip-sysctl.html',
    literals: ['mtu', 'message too long', 'emsgsize', 'fragmentation needed', 'frag needed'],
    pattern:
      /\bMTU\b[^\n]{0,60}(?:mismatch|differ|not (?:the same|equal|match)|inconsistent|too (?:large|small|big))|(?:mismatch|differ|different|inconsistent|wrong)[^\n]{0,30}\bMTU\b|[Mm]essage too long|EMSGSIZE|[Ff]rag(?:mentation)? needed/,
    sees: [
      'ping: local error: message too long, mtu=1500',
      'From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1500)',
      'ERROR: MTU mismatch between node-03 (4200) and node-05 (1500)',
    ],
    ignores: ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP'],
  },
  {
    id: 'mtu.driver-refused',
    summary: 'a driver refused or lowered an MTU',
    role: 'cause',
    weighs: { 'mtu-mismatch': 3.2 },
    source: 'https://github.com/torvalds/linux/blob/master/net/core/dev.c',
    literals: [
      'mtu greater than device maximum',
      'mtu less than device minimum',
      'set mtu',
      'set the mtu',
      'change mtu',
      'change the mtu',
      'mtu of',
    ],
    pattern:
      /mtu (?:greater than device maximum|less than device minimum)|(?:failed to|unable to|cannot|can't) (?:set|change) (?:the )?mtu|(?:requested|interface) MTU of \d{2,6} exceeds/i,
    sees: ['mlx5_core 0000:12:00.0 ens1f0np0: mtu greater than device maximum', 'Error: mtu less than device minimum.'],
    ignores: ['net.ipv4.tcp_mtu_probing = 1'],
  },
  {
    id: 'firewall.dropped',
    summary: 'a firewall says that it drops or refuses packets',
    role: 'cause',
    weighs: { 'firewall-blocked': 6.2 },
    source: 'https://help.ubuntu.com/community/UFW',
    literals: [
      '[ufw block]',
      'iptables',
      'nftables',
      'nft ',
      'nft:',
      'firewall',
      'security group',
      'final_reject',
      'admin prohibited',
      'administratively prohibited',
      'packet filtered',
      'filter_in',
    ],
    pattern:
      /\[UFW BLOCK\](?= IN=\S{0,15} OUT=\S{0,15} [^\n]{0,80}\bSRC=(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.)[\d.]{3,12} DST=(?!22[4-9]\.|23\d\.|255\.|\S{1,12}\.255 ))|(?:iptables|nft(?:ables)?|firewalld?|FINAL_REJECT|filter_IN\w{0,40})[^\n]{0,60}(?:DROP|REJECT|denied|blocked|dropped)|security group[^\n]{0,80}(?:not allow|block|missing|deny|denied|does not)|(?<!open failed: )admin(?:istratively)? prohibited|Packet filtered|blocked by (?:the )?firewall/i,
    sees: [
      'kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=10.0.0.5 DST=10.0.0.3 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=43210 DPT=29500',
      'kernel: FINAL_REJECT: IN=eth0 OUT= SRC=10.0.0.5 DST=10.0.0.3 REJECT',
    ],
    ignores: [
      'firewalld.service: active (running)',
      'ufw: inactive',
      '[UFW BLOCK] IN=enp6s0 OUT= MAC=01:00:5e:00:00:fb SRC=192.168.1.14 DST=224.0.0.251 LEN=32 PROTO=2',
    ],
  },
  {
    // Multicast, broadcast and strangers from outside are refused on every healthy host.
    id: 'firewall.ambient',
    summary: 'a firewall refuses packets that are no part of a job',
    role: 'context',
    weighs: { 'firewall-blocked': 0.8 },
    source: 'https://github.com/deepspeedai/DeepSpeed/issues/925',
    literals: ['[ufw block]', '[ufw audit]'],
    pattern: /\[UFW (?:BLOCK|AUDIT)\]/,
    sees: [
      '[UFW BLOCK] IN=enp6s0 OUT= MAC=01:00:5e:00:00:01 SRC=0.0.0.0 DST=224.0.0.1 LEN=32 TOS=0x00 PREC=0xC0 TTL=1 ID=0 DF PROTO=2',
    ],
    ignores: ['ufw: inactive'],
  },
  {
    id: 'firewall.packet-logged',
    summary: 'a log rule of a packet filter names a dropped packet',
    role: 'cause',
    weighs: { 'firewall-blocked': 4.4 },
    source: 'https://github.com/torvalds/linux/blob/master/net/ipv4/netfilter/nf_log_ipv4.c',
    literals: [' in=', ':in=', 'calico-packet'],
    pattern:
      /(?:DROP|REJECT|DENY|denied|dropped|BLOCK)[^\n]{0,24}\bIN=\w{0,15} OUT=\w{0,15} [^\n]{0,120}\bSRC=[0-9a-f.:]{3,39} DST=(?!22[4-9]\.|23\d\.|255\.|ff0)|calico-packet: /i,
    sees: [
      'kernel: [12345.6] input-dropped: IN=eth1 OUT= MAC=00:11 SRC=10.0.0.5 DST=10.0.0.3 LEN=60 PROTO=TCP SPT=43210 DPT=29500',
      'kernel: Shorewall:net2fw:DROP:IN=eth1 OUT= MAC=00:11 SRC=10.0.0.5 DST=10.0.0.3 LEN=60',
    ],
    ignores: ['kernel: accept-log: IN=eth1 OUT= MAC=00:11 SRC=10.0.0.5 DST=10.0.0.3 LEN=60'],
  },
  {
    id: 'net.conntrack.full',
    summary: 'the table of connections is full: the host drops packets',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.4, unlisted: 0.7 },
    source: conntrack,
    literals: ['conntrack: table full'],
    pattern: /(?:nf|ip)_conntrack: table full, dropping packet/,
    sees: ['nf_conntrack: nf_conntrack: table full, dropping packet', 'ip_conntrack: table full, dropping packet.'],
    ignores: ['nf_conntrack version 0.5.0 (65536 buckets, 262144 max)'],
  },
  {
    id: 'net.neighbour.table-full',
    summary: 'the table of neighbours is full: new peers cannot be reached',
    role: 'cause',
    weighs: { unlisted: 2.6, 'socket-interface-mismatch': 0.8, 'rendezvous-resolution': 0.6 },
    source: neighbour,
    literals: ['table overflow'],
    pattern: /[Nn]eighbou?r(?: |: \w{3,12}: neighbor )table overflow/,
    sees: ['neighbour: arp_cache: neighbor table overflow!', 'ipv4: Neighbour table overflow.'],
    ignores: ['net.ipv4.neigh.default.gc_thresh3 = 1024'],
  },
  {
    id: 'net.route.double',
    summary: 'packets arrive on another interface than their route leaves by, or an address is there twice',
    role: 'context',
    weighs: { 'socket-interface-mismatch': 2, 'roce-gid-misconfig': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/net/ipv4/route.c',
    literals: [
      'martian source',
      'martian destination',
      'duplicate address',
      'duplicate ip address',
      'already in use by',
    ],
    pattern:
      /martian (?:source|destination) [0-9.]{7,15}|\bduplicate (?:IP )?address (?:detected )?(?:\d{1,3}\.){3}\d{1,3}|(?:\d{1,3}\.){3}\d{1,3} (?:is )?already in use by/i,
    sees: ['IPv4: martian source 10.0.0.5 from 10.0.0.3, on dev eth1', 'arping: duplicate address detected 10.0.0.5'],
    ignores: ['net.ipv4.conf.all.log_martians = 1'],
  },
  {
    id: 'net.kernel.short-of',
    summary: 'the kernel runs short of what connections need',
    role: 'context',
    weighs: { unlisted: 1, 'host-oom': 0.6, 'rendezvous-resolution': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/net/ipv4/tcp_input.c',
    literals: ['possible syn flooding', 'tcp: out of memory', 'too many orphaned sockets', 'page allocation failure'],
    pattern:
      /Possible SYN flooding on port|TCP: out of memory -- consider tuning tcp_mem|TCP: too many orphaned sockets|page allocation failure: order:/,
    sees: [
      'TCP: request_sock_TCP: Possible SYN flooding on port 29500. Sending cookies.',
      'TCP: out of memory -- consider tuning tcp_mem',
      'python: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)',
    ],
    ignores: ['TCP: Hash tables configured (established 524288 bind 65536)'],
  },
]);

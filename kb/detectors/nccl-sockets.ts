import { lineDetector } from './line-patterns.ts';

const socketSource = 'https://github.com/NVIDIA/nccl/blob/master/src/misc/socket.cc';
const troubleshooting = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';

/** NCCL and Gloo over sockets: interfaces, routes, peers. Formats of NCCL 2.2 to 2.28. */
export const ncclSockets = lineDetector('nccl-sockets', [
  {
    id: 'nccl.socket.no-interface',
    summary: 'NCCL finds no interface that matches its settings or reaches its peer',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 5.8, 'nccl-env-misconfig': 1.5 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/bootstrap.cc',
    literals: [
      'no socket interface found',
      'no interface found',
      'no ip interface found',
      'no usable listening interface',
      'no interface found in the same subnet',
      'no network interface found that starts',
    ],
    pattern:
      /[Nn]o socket interface found|NET\/Socket : no interface found|NET\/IB : No IP interface found|No usable listening interface found|No interface found in the same subnet|No network interface found that starts with/i,
    sees: [
      'node-03:1:2 [0] bootstrap.cc:45 NCCL WARN Bootstrap : no socket interface found',
      'node-03:1:2 [0] misc/socket.cc:460 NCCL WARN NET/Socket : No interface found in the same subnet as remote address 10.0.0.5<43210>',
    ],
    ignores: ['NCCL INFO NET/Socket : Using [0]eth0:10.0.0.1<0>'],
  },
  {
    id: 'gloo.interface.not-found',
    summary: 'Gloo cannot use the interface that is set or that the host name points to',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.8, 'rendezvous-resolution': 1.8 },
    source: 'https://github.com/facebookincubator/gloo/blob/main/gloo/transport/tcp/device.cc',
    literals: [
      'unable to find address for',
      'ifa != nullptr',
      'unable to find interface',
      'unable to resolve hostname',
      'gloo',
    ],
    pattern:
      /Unable to find address for: [\w.-]{1,63}|ifa != nullptr|Unable to find interface for|Gloo[^\n]{0,80}(?:ifname|interface)[^\n]{0,40}(?:not found|invalid)/i,
    sees: [
      'RuntimeError: [enforce fail at /pytorch/third_party/gloo/gloo/transport/tcp/device.cc:83] ifa != nullptr. Unable to find address for: eth0',
    ],
    ignores: ['Gloo is using eth0'],
  },
  {
    id: 'nccl.bootstrap.bridge-interface',
    summary: 'NCCL picked a container bridge or virtual interface for its bootstrap',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 2.6 },
    source: troubleshooting,
    literals: ['bootstrap : using', 'net/socket : using', 'bootstrap', 'net/socket'],
    pattern:
      /(?:Bootstrap ?: Using|NET\/Socket ?: Using \[0\]) ?\[?\d?\]?(?:docker|virbr|br-|cni|veth|tailscale|tun|podman|lxc|flannel|cali)[\w-]{0,20}:/i,
    sees: [
      'node-03:1:2 [0] NCCL INFO Bootstrap : Using docker0:172.17.0.1<0>',
      'node-03:1:2 [0] NCCL INFO NET/Socket : Using [0]virbr0:192.168.122.1<0>',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO Bootstrap : Using eth0:10.0.0.1<0>'],
  },
  {
    id: 'nccl.socket.unreachable-interface-offered',
    summary: 'NCCL offers its peers an interface that only this host knows, beside others',
    role: 'context',
    weighs: { 'socket-interface-mismatch': 2.2, 'nccl-env-misconfig': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/blob/v2.3.7-1/src/misc/utils.cu',
    literals: ['using interface', '[1]', '[2]', '[0]lo:'],
    pattern:
      /NET ?: Using interface (?:lo:127\.|(?:docker|virbr|br-|cni|veth|podman|lxc|flannel|cali)[\w-]{0,20}:)|(?:Bootstrap|NET\/Socket) ?: Using \[0\](?:lo:127\.[^\n]{0,40}\[1\]|[^\n]{0,600}?\[[12]\](?:lo|docker|virbr|br-|cni|veth|podman|lxc|flannel|cali)[\w-]{0,20}:)/,
    sees: [
      'node-02:4152:4206 [0] NCCL INFO NET : Using interface lo:127.0.0.1<0>',
      'node-01:1:2 [0] NCCL INFO NET/Socket : Using [0]ens5:10.0.0.1<0> [1]vethe2e6725:fe80::4811:8aff:fe89:315f%vethe2e6725<0>',
      'node-01:1:2 [0] NCCL INFO NET/Socket : Using [0]lo:127.0.0.1<0> [1]eth0:10.0.0.1<0>',
    ],
    ignores: [
      'node-01:1:2 [0] NCCL INFO NET : Using interface eth0:10.0.0.1<0>',
      'node-01:1:2 [0] NCCL INFO Bootstrap : Using [0]lo:127.0.0.1<0>',
    ],
  },
  {
    id: 'nccl.socket.link-local-peer',
    summary: 'a peer announced an address that is valid on its own link only',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.6 },
    source: socketSource,
    literals: ['connect to fe80:', 'connect to 169.254.'],
    pattern: /[Cc]onnect to (?:fe80:|169\.254\.)[^\s<]{1,60}<\d+>[^\n]{0,20}failed/,
    sees: [
      'node-03:1:2 [0] include/socket.h:403 NCCL WARN Connect to fe80::c4eb:49ff:fe04:e32d%6<57335> failed : Network is unreachable',
      'node-03:1:2 [5] misc/socket.cc:483 NCCL WARN socketStartConnect: Connect to fe80::966d:ae03:a2:8cf0%ib1<17943> failed : Software caused connection abort',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN Connect to 10.0.0.5<43210> failed : No route to host'],
  },
  {
    id: 'nccl.socket.no-route',
    summary: "a peer's address cannot be reached: no route, or a firewall that says so",
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 3.2,
      'firewall-blocked': 3.2,
      'rendezvous-resolution': 1,
      'mtu-mismatch': 0.1,
    },
    source: socketSource,
    literals: ['no route to host', 'network is unreachable', 'network unreachable', 'ehostunreach', 'enetunreach'],
    pattern: /(?<!mount\.nfs4?: )No route to host|Network is unreachable|EHOSTUNREACH|ENETUNREACH/i,
    sees: [
      'node-03:1:2 [0] misc/socket.cc:416 NCCL WARN Net : Connect to 10.0.0.5<43210> failed : No route to host',
      'NCCL INFO Call to connect returned No route to host, retrying',
    ],
    ignores: ['a route to the host was added'],
  },
  {
    id: 'nccl.socket.bind-failed',
    summary: 'the address that NCCL is to use is not one of this host',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.2, 'rendezvous-resolution': 1, 'nccl-env-misconfig': 1 },
    source: socketSource,
    literals: [
      'call to bind failed',
      'address family not supported',
      'failed to bind',
      'cannot assign requested address',
    ],
    pattern:
      /(?:bind|Binding)[^\n]{0,20}failed[^\n]{0,40}Cannot assign requested address|Socket creation failed : Address family not supported/i,
    sees: [
      'node-03:213:213 [0] include/socket.h:333 NCCL WARN Call to bind failed : Cannot assign requested address',
      'node-03:3171:3171 [0] include/socket.h:311 WARN Socket creation failed : Address family not supported by protocol',
    ],
    ignores: ['bind succeeded'],
  },
  {
    id: 'nccl.socket.loopback-refused',
    summary: 'NCCL looks for a peer at the loopback address and finds nobody there: the peer is on another host',
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 3.8,
      'nccl-env-misconfig': 0.8,
      'firewall-blocked': 0.4,
      'rendezvous-resolution': 0.6,
    },
    source: 'https://github.com/horovod/horovod/issues/789',
    literals: ['127.0.'],
    pattern:
      /(?:NCCL )?WARN[^\n]{0,80}[Cc]onnect (?:to|returned)[^\n]{0,20}\b127\.0\.[01]\.1<\d{1,5}>[^\n]{0,80}(?:timed out|refused(?!, retrying)|exceeded)/,
    sees: [
      'node-03:4880:5140 [1] include/socket.h:390 NCCL WARN Connect to 127.0.0.1<41121> failed : Connection refused',
    ],
    ignores: [
      'node-03:1:2 [0] NCCL INFO Bootstrap : Using lo:127.0.0.1<0>',
      'node-03:1:2 [0] misc/socket.cc:484 NCCL WARN socketStartConnect: Connect to 10.0.0.5<43210> failed : Connection timed out',
    ],
  },
  {
    id: 'nccl.socket.connect-failed',
    summary: 'NCCL cannot open a connection to a peer: time-out or nobody there',
    role: 'cause',
    weighs: {
      'firewall-blocked': 2.6,
      'socket-interface-mismatch': 2.6,
      'rendezvous-resolution': 1,
      'rdma-link-fault': 0.5,
      'nccl-env-misconfig': 0.3,
    },
    source: socketSource,
    literals: [
      'connection timed out',
      'connection refused',
      'exceeded error retry',
      'exceeded retries',
      'connection abort',
      'cannot assign requested',
      'connect to ',
      'connect returned',
      'connect failed',
      'exceeded retr',
      'exceeded error retr',
      'socket',
    ],
    pattern:
      /(?:NCCL|WARN)[^\n]{0,80}(?:[Cc]onnect (?:to|returned|failed|timeout)|socket\w{0,20}Connect\w{0,8})[^\n]{0,120}(?:timed out|refused(?!, retrying)|exceeded (?:error )?retr|Software caused connection abort|Cannot assign requested address)/i,
    sees: [
      'node-03:1:2 [0] misc/socket.cc:484 NCCL WARN socketStartConnect: Connect to 10.0.0.5<43210> failed : Connection timed out',
      'node-03:1:2 [0] misc/socket.cc:538 NCCL WARN socketPollConnect: connect returned Connection refused, exceeded error retry count (35)',
    ],
    ignores: [
      'NCCL INFO Connected all rings',
      'node-03:1:2 [0] NCCL INFO Call to connect returned Connection refused, retrying',
      'node-03:1:2 [0] NCCL INFO socketPollConnect: connect to 10.0.0.5<43210> returned Connection refused, retrying (1/34) after sleep for 100 msec',
    ],
  },
  {
    id: 'nccl.socket.peer-closed',
    summary: 'the connection to a peer broke: the peer is gone',
    role: 'symptom',
    weighs: { 'rdma-link-fault': 0.2, 'framework-bug': 0.1 },
    source: socketSource,
    literals: [
      'connection reset by peer',
      'connection closed by',
      'broken pipe',
      'closed by remote peer',
      'connection closed',
      'connection reset by',
      'likely closed',
    ],
    pattern:
      /Connection (?:reset|closed) by (?:remote )?peer|Broken pipe|\[Service thread\][^\n]{0,40}Connection closed|Connection was likely closed/i,
    sees: [
      'node-03:1:2 [0] misc/socket.cc:49 NCCL WARN socketProgress: Connection closed by remote peer node-05<43210>',
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:525] Connection closed by peer [10.0.0.5]:43210',
    ],
    ignores: ['connection to 10.0.0.5 closed normally'],
  },
]);

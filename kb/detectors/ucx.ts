import { lineDetector } from './line-patterns.ts';

const ucp = 'https://github.com/openucx/ucx/tree/master/src/ucp';
const uctIb = 'https://github.com/openucx/ucx/tree/master/src/uct/ib';

/** UCX, under MPI and under NCCL's UCX plugin. Lines of its versions 1.8 to 1.20. */
export const ucx = lineDetector('ucx', [
  {
    id: 'ucx.version-differs',
    summary: 'UCX libraries of different versions meet in one process',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 5 },
    source: `${ucp}/core/ucp_context.c`,
    literals: ['version is incompatible', 'undefined symbol: ucp_', 'undefined symbol: ucs_', 'undefined symbol: uct_'],
    pattern: /UCP (?:API )?version is incompatible|undefined symbol: uc[pst]_\w{2,60}/,
    sees: [
      '[1700000000.1] [node-03:4242 :0] ucp_context.c:1774 UCX  WARN  UCP version is incompatible, required: 1.15, actual: 1.12 (release 1 /usr/lib/libucp.so.0)',
    ],
    ignores: ['UCX  INFO  UCP version is 1.15'],
  },
  {
    id: 'ucx.no-transport',
    summary: 'UCX has no transport or device with which it could reach a peer',
    role: 'cause',
    weighs: {
      'rdma-device-missing-in-container': 2.4,
      'net-plugin-mismatch': 2.4,
      'socket-interface-mismatch': 1.2,
      'nccl-env-misconfig': 1,
      'rdma-link-fault': 0.6,
    },
    source: `${ucp}/wireup/select.c`,
    literals: ['no usable transports/devices', 'no transports selected', ' transport to', 'no device was found: '],
    pattern:
      /UCX\s{1,4}(?:ERROR|FATAL)\s{1,4}(?:no usable transports\/devices|No transports selected|no [\w /]{3,60} transport to \S)|select\.c:\d{1,5} {1,4}(?:UCX {1,4}ERROR {1,4})?no [\w /]{3,60} transport to/,
    sees: [
      '[1700000000.1] [node-03:4242 :0] select.c:630  UCX  ERROR no active messages transport to <no debug data>: Unsupported operation',
      '[1700000000.1] [node-03:4242 :0] ucp_context.c:1000 UCX  ERROR no usable transports/devices (asked rc_x on mlx5_0:1)',
    ],
    ignores: ['UCX  INFO  no usable transport is missing'],
  },
  {
    id: 'ucx.tcp.device-unreachable',
    summary: 'UCX reaches a peer by none of the network interfaces that it tries over TCP',
    role: 'symptom',
    // The library pairs interfaces of both ends; one that leads nowhere, such as the loopback, may stand among them.
    weighs: { 'socket-interface-mismatch': 1.3, 'firewall-blocked': 0.6, 'rendezvous-resolution': 0.3 },
    source: `${ucp}/wireup/select.c`,
    literals: ['tcp/'],
    pattern: /\btcp\/[\w.:-]{1,40} - (?:[Dd]estination is unreachable|no (?:am|put|tag)[\w -]{0,40})/,
    sees: ['tcp/lo - Destination is unreachable, tcp/eth1 - Destination is unreachable'],
    ignores: ['selected tcp/eth0 for the peer'],
  },
  {
    id: 'ucx.tcp.loopback-of-peer',
    summary:
      'UCX connects to the loopback address where it means another process: both ends paired the wrong interfaces',
    role: 'cause',
    // Between two processes of one host it is right, and its failure has another reason.
    weighs: { 'socket-interface-mismatch': 2.6, 'rendezvous-resolution': 0.8 },
    source: 'https://github.com/openucx/ucx/blob/master/src/ucs/sys/sock.c',
    literals: ['dest_addr=127.', 'dest_addr=::1'],
    pattern: /UCX\s{1,4}(?:ERROR|DIAG|WARN)\s{1,4}connect\(fd=\d{1,6}, dest_addr=(?:127\.\d|::1)[^\n]{0,60}failed/,
    sees: [
      '[1700000000.1] [node-03:4242 :0] sock.c:323  UCX  ERROR connect(fd=55, dest_addr=127.0.0.1:38123) failed: Connection refused',
    ],
    ignores: [
      '[1700000000.1] [node-03:4242 :0] sock.c:323  UCX  ERROR connect(fd=55, dest_addr=192.0.2.7:38123) failed: Connection refused',
    ],
  },
  {
    id: 'ucx.device.unavailable',
    summary: 'a device or transport that UCX_NET_DEVICES or UCX_TLS names is not there',
    role: 'context',
    weighs: { 'nccl-env-misconfig': 1.5, 'rdma-device-missing-in-container': 1.5 },
    source: `${ucp}/core/ucp_context.c`,
    literals: ['not available, please use one or more of'],
    pattern:
      /UCX\s{1,4}WARN\s{1,4}(?:network devices?|transports?|device)[^\n]{0,200}not available, please use one or more of/,
    sees: [
      "[1700000000.1] [node-03:4242 :0] ucp_context.c:900 UCX  WARN  network device 'mlx5_9:1' is not available, please use one or more of: 'eth0'(tcp), 'lo'(tcp)",
    ],
    ignores: ['not available'],
  },
  {
    id: 'ucx.gid.none-fits',
    summary: 'UCX finds no usable GID on the port',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 5, 'nccl-env-misconfig': 0.8 },
    source: `${uctIb}/base/ib_device.c`,
    literals: ['failed to find a gid which', 'ibv_query_gid(', 'invalid gid'],
    pattern: /failed to find a gid which|ibv_query_gid\([^)\n]{1,120}\) failed|[Ii]nvalid gid[^\n]{0,60}on \S{2,40}/,
    sees: [
      '[node-03:4242] ib_device.c:1200 UCX  ERROR ibv_query_gid(dev=mlx5_0 port=1 index=3) failed: Invalid argument',
    ],
    ignores: ['GID index 3 selected'],
  },
  {
    id: 'ucx.gdr.disabled',
    summary: 'UCX cannot use GPUDirect RDMA for want of the peer-memory module',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 5.2 },
    source: `${uctIb}/base/ib_md.c`,
    literals: ["couldn't enable gpudirect rdma"],
    pattern: /Couldn't enable GPUDirect RDMA/,
    sees: [
      "[node-03:4242] ib_md.c:900 UCX  ERROR mlx5_0: Couldn't enable GPUDirect RDMA. Please make sure nv_peer_mem, amdgpu plugin, or Intel Xe driver is installed correctly, or dmabuf is supported.",
    ],
    ignores: ['GPUDirect RDMA is enabled'],
  },
  {
    id: 'ucx.shm.too-small',
    summary: 'UCX cannot back its shared memory',
    role: 'cause',
    weighs: { 'shm-too-small': 6, 'disk-full': 0.7, 'host-oom': 0.5 },
    source: 'https://github.com/openucx/ucx/blob/master/src/uct/sm/mm/posix/mm_posix.c',
    literals: ['please check that /dev/shm', 'shared memory transport'],
    pattern: /Not enough memory to write total of \d{1,20} bytes\. ?Please check that \/dev\/shm/,
    sees: [
      '[node-03:4242] mm_posix.c:234 UCX  ERROR Not enough memory to write total of 4292720 bytes. Please check that /dev/shm or the directory you specified has more available memory.',
    ],
    ignores: ['UCX uses /dev/shm'],
  },
  {
    // Too little room under /dev/shm makes the transport's own buffers fail, or the process die right after.
    id: 'ucx.shm.no-buffers',
    summary: 'UCX cannot make the buffers of its shared-memory transport',
    role: 'cause',
    weighs: { 'shm-too-small': 4.4, 'ulimit-too-low': 1, 'host-oom': 0.8, 'permission-misconfig': 0.4 },
    source: 'https://github.com/openucx/ucx/pull/11683',
    literals: [
      'failed to allocate receive fifo',
      'descriptor memory pool for the mm transport',
      'failed to get the first receive descriptor',
      'failed to allocate a descriptor for mm',
      'bytes with mm for ',
      'bytes using md posix',
    ],
    pattern:
      /\bmm_iface failed to allocate receive FIFO|failed to create a receive descriptor memory pool for the MM transport|failed to get the first receive descriptor|failed to allocate a descriptor for MM\b|failed to allocate \d{1,20} bytes (?:with mm|using md posix) for \w/,
    sees: [
      '[1700000000.1] [node-03:4242 :0] mm_iface.c:817 UCX  ERROR mm_iface failed to allocate receive FIFO',
      '[1700000000.1] [node-03:4242 :0] mm_iface.c:860 UCX  ERROR failed to get the first receive descriptor',
      '[1700000000.1] [node-03:4242 :0] uct_mem.c:155  UCX  ERROR   failed to allocate 8447 bytes using md posix for mm_recv_fifo: Out of memory',
    ],
    ignores: ['UCX  DEBUG mm_iface allocated receive FIFO', 'failed to allocate 262144 bytes using md ib for rx'],
  },
  {
    id: 'ucx.tcp.connect-failed',
    summary: 'UCX cannot open a TCP connection to a peer',
    role: 'cause',
    weighs: { 'firewall-blocked': 2.5, 'socket-interface-mismatch': 2.7, 'rendezvous-resolution': 0.4 },
    source: 'https://github.com/openucx/ucx/blob/master/src/ucs/sys/sock.c',
    literals: ['connect(fd=', 'reached maximum number of connection retries'],
    pattern:
      /connect\(fd=\d{1,6}, dest_addr=[^)\n]{1,80}\) failed: (?:Connection (?:timed out|refused)|No route to host|Network is unreachable)|tcp_ep \S{2,24}: reached maximum number of connection retries/,
    sees: [
      '[node-03:4242] sock.c:325 UCX  ERROR connect(fd=63, dest_addr=10.0.0.5:43210) failed: Connection timed out',
    ],
    ignores: ['UCX  DEBUG connect(fd=63, dest_addr=10.0.0.5:43210) = 0'],
  },
  {
    id: 'ucx.verbs.refused',
    summary: 'the kernel does not know a call of the verbs library: the two are of different driver packages',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 2.8, 'rdma-link-fault': 0.8, 'rdma-device-missing-in-container': 0.6 },
    source: 'https://github.com/openucx/ucx/issues/5469',
    literals: ['inappropriate ioctl'],
    pattern:
      /UCX {1,4}ERROR {1,4}[^\n]{0,80}ibv_\w{1,40}\([^)\n]{0,40}\) (?:returned \d{1,4}|failed): Inappropriate ioctl/,
    sees: [
      '[1595598109.293924] [node-07:4242:0]       ib_verbs.h:84   UCX  ERROR ibv_exp_query_device(mlx5_0) returned 38: Inappropriate ioctl for device',
    ],
    ignores: ['stty: standard input: Inappropriate ioctl for device'],
  },
  {
    id: 'ucx.endpoint.timed-out',
    summary: 'a UCX end point got no answer in time',
    role: 'cause',
    weighs: {
      'rdma-link-fault': 2,
      // Of the threads about it on RoCE, most end with another GID index.
      'roce-gid-misconfig': 2.2,
      'firewall-blocked': 1.2,
      'mtu-mismatch': 1.2,
      'socket-interface-mismatch': 0.8,
    },
    source: `${uctIb}/ud/base/ud_ep.c`,
    literals: ['unhandled timeout error', 'endpoint timeout', 'endpoint is not connected'],
    pattern:
      /UD endpoint \S{2,24} to [^\n]{1,120}: unhandled timeout error|(?:UCX {1,4}\w{4,5} {1,4}|Fatal: )[^\n]{0,200}Endpoint timeout/,
    sees: [
      '[node-03:4242] ud_ep.c:278 Fatal: UD endpoint 0x55aa to node-05:4300: unhandled timeout error',
      '[node-03:15382:0:15382]    ud_iface.c:781  Fatal: transport error: Endpoint timeout',
      '[node-03:13210:0:13210]    ud_iface.c:732  UCX Fatal: transport error: Endpoint timeout',
    ],
    ignores: ['endpoint timeout set to 30 s'],
  },
]);

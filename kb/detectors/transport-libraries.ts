import { lineDetector } from './line-patterns.ts';

const uctIb = 'https://github.com/openucx/ucx/tree/master/src/uct/ib';
const uctSm = 'https://github.com/openucx/ucx/tree/master/src/uct/sm';
const ucs = 'https://github.com/openucx/ucx/blob/master/src/ucs/config/parser.c';
const efa = 'https://github.com/ofiwg/libfabric/tree/main/prov/efa/src';
const plugin = 'https://github.com/aws/aws-ofi-nccl/tree/master/src';

/** What UCX, UCC, libfabric and the OFI plugin say beyond connections that fail: settings, releases, memory, completions. */
export const transportLibraries = lineDetector('transport-libraries', [
  {
    id: 'ucx.completion.refused',
    summary: 'a card refused memory to a transfer of UCX, its own or the remote one',
    role: 'cause',
    weighs: {
      'acs-iommu-p2p-broken': 1.8,
      'gdr-peermem-missing': 1.6,
      'net-plugin-mismatch': 1,
      'framework-bug': 0.6,
      'nccl-bug': 0.4,
    },
    source: `${uctIb}/mlx5/ib_mlx5_log.c`,
    literals: ['remote access on ', 'remote operation on ', 'remote invalid request on ', 'local qp operation on '],
    pattern:
      /(?:Remote (?:access|operation|invalid request)|Local QP operation) on (?<hca>[\w-]{1,32}):\d{1,2}\/\w{2,8} \(synd 0x/,
    sees: [
      '[1689346711.4] [node-03:12345:0]    ib_mlx5_log.c:171  UCX  ERROR Remote access on mlx5_0:1/IB (synd 0x13 vend 0x88 hw_synd 0/0)',
    ],
    ignores: [
      '[node-03:1:0] ib_mlx5_log.c:171 UCX  ERROR Transport retry count exceeded on mlx5_0:1/RoCE (synd 0x15 vend 0x81)',
    ],
  },
  {
    id: 'ucx.completion.after-failure',
    summary: 'work of UCX was given up because its connection had failed before',
    role: 'symptom',
    weighs: { 'rdma-link-fault': 0.4 },
    source: `${uctIb}/mlx5/ib_mlx5_log.c`,
    literals: ['wr flush on ', 'aborted on ', 'remote memory is unreachable', 'was unsuccessful'],
    pattern:
      /(?:WR flush|Aborted) on [\w-]{1,32}:\d{1,2}\/\w{2,8} \(synd 0x|UCX {1,2}ERROR {1,3}remote memory is unreachable|connection establishment for socket fd \d{1,6}[^\n]{0,160}was unsuccessful/,
    sees: [
      '[1689346711.4] [node-03:12345:0]    ib_mlx5_log.c:171  UCX  ERROR WR flush on mlx5_0:1/IB (synd 0x5 vend 0xf9 hw_synd 0/0)',
      '[1689346711.4] [node-03:12345:0]    tcp_iface.c:900 UCX  ERROR tcp_iface 0x55: connection establishment for socket fd 45 from 10.0.0.5:1 to 10.0.0.6:2 was unsuccessful',
    ],
    ignores: ['Aborted on request of the user'],
  },
  {
    id: 'ucx.port.event',
    summary: 'UCX was told of a port or card error while it was running',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5.6, 'host-hardware-fault': 0.8, 'facility-fault': 0.4 },
    source: `${uctIb}/base/ib_device.c`,
    literals: ['ib async event on '],
    pattern: /IB Async event on (?<hca>[\w-]{1,32}): (?:port error|device fatal|local catastrophic)/i,
    sees: [
      '[1689346711.4] [node-03:12345:0]      ib_device.c:468  UCX  WARN  IB Async event on mlx5_0: port error on port 1',
    ],
    ignores: [
      '[1689346711.4] [node-03:12345:0]      ib_device.c:468  UCX  WARN  IB Async event on mlx5_0: port active on port 1',
    ],
  },
  {
    id: 'ucx.setting.refused',
    summary: 'a variable of UCX has a value that it cannot read, or asks for what the card does not have',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 3.6, 'user-code-error': 1, 'net-plugin-mismatch': 1 },
    source: ucs,
    literals: [
      'expected',
      'invalid value for',
      'failed to parse',
      "' does not exist",
      'wrong device name: ',
      'list is empty',
      'lists are empty',
      'exceeded transports/devices limit',
      'invalid value of env_prefix',
      'devx requested but',
      'relaxed order memory access requested',
      'was requested for sl=',
      "subnet filter '",
      'the requested tcp port range',
      'multi-node nvlink support',
    ],
    pattern:
      /UCX {1,2}(?:ERROR|FATAL|WARN) {1,3}(?:[Ii]nvalid (?:configuration|value) ?[^\n]{0,160}Expected|[Ii]nvalid value for \w{1,60}: |failed to parse (?:global |config|device config|size config)|Transport '[^'\n]{1,40}' does not exist|wrong device name: |The (?:TLs list is|device lists are) empty|exceeded transports\/devices limit|Invalid value of env_prefix|DEVX requested but not supported|[^\n]{0,40}relaxed order memory access requested|AR=\S{1,20} was requested for SL=|subnet filter '|the requested TCP port range|multi-node NVLINK support is requested but not supported)/,
    sees: [
      "[1689346711.4] [node-03:12345:0]  parser.c:2100 UCX  ERROR Invalid value for UCX_IB_GID_INDEX: 'x'. Expected: unsigned integer",
      "[1689346711.4] [node-03:12345:0]  ucp_context.c:900 UCX  ERROR Transport 'rc_y' does not exist",
    ],
    ignores: [
      '[1689346711.4] [node-03:12345:0] parser.c:2034 UCX  WARN  unused environment variable: UCX_HOME (maybe: UCX_TLS?)',
    ],
  },
  {
    id: 'ucx.shared-memory.not-attached',
    summary:
      'a process cannot attach the shared memory of its neighbour: separate name spaces, rights, or the neighbour ended',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 2, 'shm-too-small': 1, 'permission-misconfig': 1, 'user-code-error': 0.4 },
    source: uctSm,
    literals: ['failed to connect to remote fifo', 'shmat(shmid=', 'open(file_name=/proc/'],
    pattern:
      /mm ep failed to connect to remote FIFO|shmat\(shmid=\d{1,12}[^)\n]{0,80}\) (?:failed|returned unexpected error): |open\(file_name=\/proc\/\d{1,9}\/fd\/\d{1,6} flags=\w{1,8}\) failed: /,
    sees: [
      '[1689346711.4] [node-03:12345:0]     mm_ep.c:68   UCX  ERROR mm ep failed to connect to remote FIFO id 0xc00000018000303: Shared memory error',
      '[1689346711.4] [node-03:12345:0]     mm_posix.c:206  UCX  ERROR open(file_name=/proc/4242/fd/34 flags=0x0) failed: No such file or directory',
    ],
    ignores: ['shmat(shmid=32769) ok'],
  },
  {
    id: 'ucx.libraries.apart',
    summary: 'UCX or UCC meets another release of itself, of its card’s library or of gdrcopy than it was built with',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 5 },
    source: `${uctIb}/mlx5/ib_mlx5.c`,
    literals: [
      'ucc version is incompatible',
      'libmlx5 version matches',
      'gdr copy, built for v',
      'unsupported sa_data version',
    ],
    pattern:
      /UCC version is incompatible|make sure the installed libmlx5 version matches|could not open gdr copy, built for v\d[^\n]{0,20} but loaded|unsupported sa_data version/,
    sees: [
      '[1689346711.4] [node-03:1:0]  ucc_lib.c:99 UCC  ERROR UCC version is incompatible, required: 1.3, actual: 1.2.0',
      '[1689346711.4] [node-03:1:0]  gdr_copy_md.c:300 UCX  ERROR could not open gdr copy, built for v2.4 but loaded v2.2',
    ],
    ignores: ['UCC  INFO version: 1.3.0'],
  },
  {
    id: 'efa.releases.differ',
    summary: 'two nodes run releases of libfabric, or EFA cards, that do not understand each other',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.6, 'rdma-link-fault': 0.3 },
    source: efa,
    literals: [
      'received a packet with invalid protocol version',
      'which this ep does not support',
      'deprecated packet type encountered',
      'invalid packet type encountered',
      'unknown packet type encountered',
      'remote feature mismatch',
      'been retired since protocol version',
    ],
    pattern:
      /received a packet with invalid protocol version \d|is requesting feature \d{1,4}, which this EP does not support|(?:Deprecated|Invalid|Unknown) packet type encountered|\bRemote feature mismatch\b|packet, which has been retired since protocol version/,
    sees: [
      'libfabric:4242:1689346711::efa:ep_data:f():120<warn> Host node-03 received a packet with invalid protocol version 5. This host can only support protocol version 4 and above.',
      'node-03:1:2 [0] NCCL WARN NET/OFI Request 0x7f completed with error. RC: 5. Error: 4098 (Invalid packet type encountered). Completed length: 0',
    ],
    ignores: ['protocol version 4'],
  },
  {
    id: 'efa.path.refused',
    summary: 'an EFA card may not address a peer: another availability zone or subnet, or an address that is not valid',
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 1.8,
      'firewall-blocked': 1.4,
      'launcher-rank-misconfig': 1,
      'rdma-link-fault': 0.6,
    },
    source: `${efa}/efa_ah.c`,
    literals: [
      'ibv_create_ah failed with einval',
      'unable to create address handle',
      'no valid address handle at remote side',
    ],
    pattern:
      /ibv_create_ah failed with EINVAL|Unable to create Address Handle, errno|No valid address handle at remote side/,
    sees: [
      'libfabric:4242:1689346711::efa:av:efa_ah_alloc():112<warn> ibv_create_ah failed with EINVAL. Local GID: fe80::1, remote GID: fe80::2. Possible causes: 1) Remote GID is in a different availability zone (cross-AZ communication is not enabled). 2) Remote GID is invalid.',
      'libfabric:4242:1689346711::efa:av:efa_ah_alloc():90<warn> Unable to create Address Handle, errno - 12',
    ],
    ignores: ['Created Address Handle 3'],
  },
  {
    id: 'efa.gpu-memory.refused',
    summary: 'libfabric or its EFA provider cannot use GPU memory directly',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 2.8,
      'net-plugin-mismatch': 1.4,
      'nccl-env-misconfig': 0.6,
      'driver-version-mismatch': 0.5,
    },
    source: `${efa}/efa_hmem.c`,
    literals: [
      'buffer with the efa device, fi_hmem transfers',
      'peer to peer support is currently required',
      'gdr disabled on gdr-supported instance',
      'gdr support reported to nccl but then',
      'gdrcopy has been requested but is not available',
    ],
    pattern:
      /Failed to register (?:CUDA|ROCr|Neuron) buffer with the EFA device, FI_HMEM transfers|Peer to peer support is currently required, but not available|GDR disabled on GDR-supported instance type|GDR support reported to NCCL but then couldn't be configured|GDRCopy has been requested but is not available/,
    sees: [
      'libfabric:4242:1689346711::efa:mr:f():200<warn> Failed to register CUDA buffer with the EFA device, FI_HMEM transfers that require peer to peer support will fail.',
      "node-03:1:2 [0] NCCL WARN NET/OFI GDR support reported to NCCL but then couldn't be configured on an endpoint.  Cannot continue.",
    ],
    ignores: ['FI_HMEM support is enabled'],
  },
  {
    id: 'efa.gpu-memory.unknown',
    summary: 'libfabric sees no way to GPU memory in what it was built with, or on this card',
    role: 'context',
    weighs: { 'net-plugin-mismatch': 0.8, 'gdr-peermem-missing': 0.6 },
    source: `${efa}/efa_hmem.c`,
    literals: ['efa cannot support fi_hmem because', 'fi_hmem cannot be supported because no compatible'],
    pattern: /EFA cannot support FI_HMEM because|FI_HMEM cannot be supported because no compatible/,
    sees: [
      'libfabric:4242:1::efa:core:f():1<warn> EFA cannot support FI_HMEM because it was not compiled with any supporting FI_HMEM capabilities',
      'libfabric:4242:1::core:core:f():1<warn> FI_HMEM cannot be supported because no compatible libraries were found.',
    ],
    ignores: ['FI_HMEM support is enabled'],
  },
  {
    id: 'efa.setting.unsupported',
    summary:
      'a variable asks libfabric’s EFA provider or the OFI plugin for something that this card or build does not do',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 3, 'net-plugin-mismatch': 1.6 },
    source: `${efa}/efa_env.c`,
    literals: [
      'use_device_rdma',
      'fi_efa_use_device_rdma',
      'nccl_proto was set to',
      'fork support requested but',
      'fork support and huge pages',
    ],
    pattern:
      /to request use_device_rdma, but|FI_EFA_USE_DEVICE_RDMA[^\n]{0,60}but EFA device|NCCL_PROTO was set to "[^"\n]{1,20}", but the Libfabric endpoint|Fork support requested but ibv_fork_init failed|fork support and huge pages is not supported/,
    sees: [
      'node-03:1:2 [0] NCCL WARN NET/OFI NCCL_PROTO was set to "LL/LL128", but the Libfabric endpoint does not support 128 byte in-order aligned stores. This endpoint may corrupt data during communication',
      'libfabric:4242:1::efa:ep_ctrl:f():1<warn> Application used setopt to request use_device_rdma, but EFA device does not support it',
    ],
    ignores: ['use_device_rdma = 1'],
  },
  {
    id: 'efa.peer.silent',
    summary: 'libfabric notes that a peer answers no more, or has no buffer ready',
    role: 'symptom',
    weighs: { 'rdma-link-fault': 0.4, 'firewall-blocked': 0.3, 'host-oom': 0.2 },
    source: efa,
    literals: [
      'becomes unresponsive',
      'while sending a handshake packet',
      'destination resource not ready',
      'unexpected status returned by responder',
    ],
    pattern:
      /The peer of address [^\n]{1,120} becomes unresponsive|While sending a handshake packet, an error occurred|Destination resource not ready \(no work queue|Unexpected status returned by responder/,
    sees: [
      'libfabric:4242:1::efa:cq:f():1<warn> err: 113, message: Destination resource not ready (no work queue entries posted on receive queue) prov_errno: 10',
    ],
    ignores: ['the server becomes unresponsive at times'],
  },
  {
    id: 'ofi.message.size-differs',
    summary: 'sender and receiver of an OFI transfer mean messages of different sizes',
    role: 'cause',
    weighs: { 'collective-mismatch': 3, 'nccl-env-misconfig': 1.2, 'framework-bug': 0.8, 'nccl-version-mismatch': 0.6 },
    source: plugin,
    literals: ['smaller than send buffer', 'but destination buffer size is'],
    pattern:
      /NET\/OFI (?:Remote recv buffer \(\d{1,15}\) smaller than send buffer|Received size is \d{1,15} but destination buffer size is)/,
    sees: ['node-03:1:2 [0] NCCL WARN NET/OFI Remote recv buffer (4096) smaller than send buffer (8192)!'],
    ignores: ['NET/OFI send buffer 8192'],
  },
]);

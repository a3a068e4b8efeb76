import { lineDetector } from './line-patterns.ts';

const environment = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const topo = 'https://github.com/NVIDIA/nccl/blob/master/src/graph/topo.cc';
const tuning = 'https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc';

/** Settings of NCCL that it cannot follow, or that differ between ranks. Formats of NCCL 2.4 to 2.30. */
export const ncclEnv = lineDetector('nccl-env', [
  {
    id: 'nccl.env.interface-filter',
    summary: 'the interface that NCCL_OOB_NET_IFNAME names is not there',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.4, 'nccl-env-misconfig': 3 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/bootstrap.cc',
    literals: ['nccl_oob_net_ifname'],
    pattern: /no device found (?:matching|after excluding) [^\n]{0,120}NCCL_OOB_NET_IFNAME/,
    sees: [
      'node-03:1:2 [0] bootstrap.cc:528 NCCL WARN no device found matching exactly mlx5_9, verify NCCL_OOB_NET_IFNAME',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO NCCL_OOB_NET_IFNAME set to mlx5_0'],
  },
  {
    id: 'nccl.env.algorithm-forced',
    summary: 'the algorithm or protocol that the environment forces does not exist for this operation',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 5.2, 'nccl-bug': 0.8 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/enqueue.cc',
    literals: ['algorithm/protocol available'],
    pattern: /no algorithm\/protocol available for function[^\n]{0,200}NCCL_(?:ALGO|PROTO) was set/i,
    sees: [
      'node-03:1:2 [0] enqueue.cc:1859 NCCL WARN Error : no algorithm/protocol available for function AllGather with datatype ncclInt8. NCCL_ALGO was set to Tree.',
    ],
    ignores: ['NCCL INFO NCCL_ALGO set by environment to Tree'],
  },
  {
    id: 'nccl.env.list-unreadable',
    summary: 'NCCL cannot read the list of algorithms or protocols that the environment gives',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 5 },
    source: tuning,
    literals: ['unrecognized element token', 'unrecognized prefix token', 'must have a prefix'],
    pattern:
      /Unrecognized (?:element|prefix) token "[^"]{0,80}" when parsing|All entries except the first must have a prefix/,
    sees: ['node-03:1:2 [0] graph/tuning.cc:60 NCCL WARN Unrecognized element token "Rings" when parsing "Rings"'],
    ignores: ['node-03:1:2 [0] NCCL INFO NCCL_ALGO set by environment to Ring'],
  },
  {
    id: 'nccl.env.ranks-disagree',
    summary: 'two ranks exchange messages of different sizes: their calls or their settings differ',
    role: 'cause',
    weighs: { 'collective-mismatch': 3, 'nccl-env-misconfig': 2.6, 'nccl-version-mismatch': 1, 'framework-bug': 0.8 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net_socket.cc',
    literals: ['message truncated : receiving', 'collective mismatch error', 'mismatched collective detected'],
    pattern:
      /NET\/(?:Socket|IB) ?: [^\n]{0,120}(?:message truncated : receiving \d|collective mismatch error)|Mismatched collective detected, please check/,
    sees: [
      'node-03:1:2 [0] transport/net_socket.cc:482 NCCL WARN NET/Socket : peer 10.0.0.5<43210> message truncated : receiving 1048576 bytes instead of 524288. If you believe your socket network is in a healthy state, there may be a mismatch in collective sizes or environment settings (e.g. NCCL_PROTO, NCCL_ALGO) between ranks',
      'node-03:1:2 [0] transport/net_ib.cc:890 NCCL WARN NET/IB : req 0/1 tag 7 peer 10.0.0.5<43210> collective mismatch error, local size 4096 remote size 8192',
    ],
    ignores: ['output truncated : receiving 3 lines'],
  },
  {
    id: 'nccl.env.nic-merge',
    summary: 'cards cannot be merged in the way that the settings ask for',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.8, 'nccl-bug': 1, 'rdma-link-fault': 0.4 },
    source: topo,
    literals: [
      'could not force merge nics',
      'tried to merge too many nics',
      'to merge multiple devices',
      'tried merging multiple devices',
      'specified fused nic',
      'net devices from different numa',
      'topo/net : only matched',
      "can't merge net devices",
      "can't connect net devices",
    ],
    pattern:
      /NCCL WARN (?:TOPO\/NET : (?:Could not force merge NICs|Tried to merge too many NICs|Tried merging multiple devices|Only matched \d)|NET\/IB : (?:Trying to merge multiple devices|Can't (?:merge|connect) net devices with different link_layer)|Specified fused NIC|Fusing NET devices from different NUMA)/,
    sees: [
      'node-03:1:2 [0] graph/topo.cc:980 NCCL WARN TOPO/NET : Could not force merge NICs mlx5_0,mlx5_1. Please specify a valid NCCL_NET_FORCE_MERGE string.',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO TOPO/NET : Importing network plugins to topology'],
  },
  {
    id: 'nccl.topology.file-wrong',
    summary: 'the topology or graph file that NCCL was given has wrong contents',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 5, 'nccl-version-mismatch': 0.8, 'nccl-bug': 0.6 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/xml.cc',
    literals: [
      'xml topology has wrong version',
      'xml graph has wrong version',
      'xml parser is limited',
      'kv convert to str',
      'nccl warn xml ',
      'error : too many xml',
      ' of node ',
    ],
    pattern:
      /NCCL WARN (?:XML (?:Topology|Graph) has wrong version|XML (?:Parse|Mismatch|Import Channel|Export Channel)|Error : (?:XML parser is limited|too many XML (?:sub)?nodes)|KV Convert to str|Attribute \w{1,40} of node \w{1,40} not found)/,
    sees: [
      'node-03:1:2 [0] graph/xml.cc:240 NCCL WARN XML Topology has wrong version 2, 1 needed',
      'node-03:1:2 [0] graph/xml.h:131 NCCL WARN Attribute busid of node gpu not found',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO Loading topology file /opt/topo.xml'],
  },
  {
    id: 'nccl.env.value-ignored',
    summary: 'NCCL goes on without a setting that it cannot use',
    role: 'context',
    weighs: { 'nccl-env-misconfig': 1 },
    source: environment,
    literals: [
      'using default',
      'is being ignored because',
      'is not a power of 2',
      'unable to recognize nccl_',
      'ignoring nccl_algo',
      'failed to decode nccl_',
      'invalid nccl_',
    ],
    pattern:
      /Invalid value \S{1,60} for NCCL_\w{2,40}, using default|NCCL_\w{2,40}=\S{1,40} is being ignored because|Unable to recognize NCCL_\w{2,40}=|ignoring NCCL_ALGO=|failed to decode NCCL_\w{2,40}=|Invalid NCCL_(?:NET_FORCE_MERGE|NTHREADS|LL\w{0,3}_NTHREADS)/,
    sees: ['node-03:1:2 [0] NCCL INFO Invalid value abc for NCCL_BUFFSIZE, using default 4194304.'],
    ignores: ['node-03:1:2 [0] NCCL INFO NCCL_BUFFSIZE set by environment to 8388608.'],
  },
]);

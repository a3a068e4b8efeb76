import { lineDetector } from './line-patterns.ts';

const initSource = 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc';
const pluginSource = 'https://github.com/aws/aws-ofi-nccl';

/** NCCL's start: ranks, versions, plugins, settings. */
export const ncclSetup = lineDetector('nccl-setup', [
  {
    id: 'nccl.rank.duplicate-gpu',
    summary: 'two ranks use one GPU',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 6.5 },
    source: initSource,
    literals: ['duplicate gpu', 'duplicated gpu'],
    pattern:
      /Duplicated GPU device is not allowed|Duplicate GPU detected ?: rank (?<rank>\d{1,6}) and rank \d{1,6} both on CUDA device/i,
    sees: [
      'node-03:1:2 [0] init.cc:521 NCCL WARN Duplicate GPU detected : rank 1 and rank 0 both on CUDA device 1a000',
    ],
    ignores: ['no duplicates found'],
  },
  {
    id: 'nccl.rank.misuse',
    summary: 'ranks, world size or devices that NCCL was given make no sense together',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.5, 'user-code-error': 1, 'framework-bug': 0.5 },
    source: initSource,
    literals: [
      'has already checked in',
      'mismatch in rank count',
      'mismatch in info from procs',
      'invalid rank requested',
      'invalid device count',
      'mismatchs with nccl device',
      'failed to determine local ranks',
      'failed to determine intra',
      'rank exceeds ndev',
      'multiple ranks are using the same gpu',
      'improper usage of ncclcomminitrank',
      'exceeds ndev=',
    ],
    pattern:
      /Bootstrap Root ?: (?:rank \d+ of \d+ ranks has already checked in|mismatch in (?:rank count|info) from procs)|Invalid rank requested : \d+\/\d+|[Ii]nvalid device count (?:requested|\(\d{1,9}\) requested)|Failed to determine (?:local|intra(?: node| proc)?) ranks|rank \d{1,9} exceeds ndev=|improper usage of ncclCommInitRank|Multiple Ranks are using the same GPU|allocated on device \d+ mismatchs with NCCL device/i,
    sees: [
      'node-03:1:2 [0] bootstrap.cc:104 NCCL WARN Bootstrap Root : rank 0 of 16 ranks has already checked in',
      'NCCL WARN Broadcast : sendbuff allocated on device 3 mismatchs with NCCL device 0',
    ],
    ignores: ['rank 0 of 16 ranks is ready'],
  },
  {
    id: 'torch.nccl.device-guess',
    summary: 'torch guesses which GPU a rank uses, for want of a device id',
    role: 'context',
    weighs: { 'launcher-rank-misconfig': 0.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
    literals: [
      'devices used by this process are currently unknown',
      'mapping is incorrect',
      'using gpu',
      'guessing device id based on global rank',
      'did not set/select the default device',
    ],
    pattern:
      /using GPU \d+ (?:to perform barrier as devices used by this process are currently unknown|as device used by this process is currently unknown)|Guessing device ID based on global rank|did not set\/select the default device for the current process before the DeviceMesh/i,
    sees: [
      '[W ProcessGroupNCCL.cpp:1856] Warning: [Rank 0] using GPU 0 to perform barrier as devices used by this process are currently unknown. This can potentially cause a hang if this rank to GPU mapping is incorrect.',
    ],
    ignores: ['using GPU 0'],
  },
  {
    id: 'nccl.version.mismatch',
    summary: 'NCCL says that builds do not fit each other',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 6, 'net-plugin-mismatch': 0.5 },
    source: initSource,
    literals: [
      'mismatched nccl version',
      'nccl version mismatch',
      'not backwards compatible',
      'nccl library is too old',
      'too old version of nccl',
      'was compiled with nccl version',
      'compiled with nccl',
      'nccl library major version',
    ],
    pattern:
      /Mismatched NCCL version detected|NCCL version mismatch|NCCL library is (?:not backwards compatible|too old)|compiled with (?:too old version of NCCL|NCCL version \d)|NCCL library major version \(\d{1,3}\) is different/i,
    sees: [
      'node-03:1:2 [0] init.cc:880 NCCL WARN Mismatched NCCL version detected : rank 0 version 21403 rank 8 version 21805',
    ],
    ignores: ['NCCL version 2.18.5+cuda12.2'],
  },
  {
    id: 'nccl.symbol.undefined',
    summary: 'torch was built against another NCCL than the one that is loaded',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 6, 'framework-bug': 0.5 },
    source: 'https://github.com/pytorch/pytorch/issues/119932',
    literals: ['undefined symbol: nccl', 'libnccl.so', 'undefined symbol: pnccl', 'failed to load nccl library'],
    pattern:
      /undefined symbol: p?nccl\w+|Failed to load NCCL library|libnccl\.so(?:\.2)?: (?:cannot open shared object file|version `?NCCL)/i,
    sees: [
      'ImportError: /usr/local/lib/python3.10/site-packages/torch/lib/libtorch_cuda.so: undefined symbol: ncclCommRegister',
    ],
    ignores: ['found libnccl.so.2.18.5'],
  },
  {
    id: 'nccl.version.banner',
    summary: 'NCCL announces its version',
    role: 'context',
    weighs: {},
    source: initSource,
    literals: ['nccl version'],
    pattern: /\bNCCL version (?<version>\d+\.\d+\.\d+(?:\.\d+)?\+cuda\d+\.\d+)/,
    sees: ['node-03:1:2 [0] NCCL INFO NCCL version 2.18.5+cuda12.2', 'NCCL version 2.14.3+cuda11.7'],
    ignores: ['NCCL version unknown'],
  },
  {
    id: 'nccl.plugin.failed',
    summary: 'the network plugin cannot be used: library, provider or symbol does not fit',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 5,
      'rdma-device-missing-in-container': 1,
      'nccl-version-mismatch': 1,
      'nccl-env-misconfig': 0.7,
    },
    source: pluginSource,
    literals: [
      'net/ofi',
      'ofi-nccl',
      'libfabric',
      'libnccl-net',
      'failed to initialize any net plugin',
      'net plugin',
      'fabric_1.',
      'fabric_2.',
      'hpcx',
      'libefa',
      'libmlx5',
      'libibverbs',
    ],
    pattern:
      /NET\/OFI (?![^\n]{0,160}completed with error)[^\n]{0,120}(?:not (?:found|supported)|No eligible providers|incompatible|Failing initialization|fi_getinfo\(\) call failed)|libfabric(?!:\d)[^\n]{0,80}(?:version `?FABRIC|not found|mismatch|undefined symbol|incompatible|cannot open)|libnccl-net(?:-\w+)?\.so[^\n]{0,60}(?:undefined symbol|version `)|Failed to initialize any NET plugin|(?:libibverbs|libmlx5|libefa)(?<!dlvsym[^\n]{0,120})\S{0,20}[^\n]{0,60}(?:version `?(?:IBVERBS|MLX5|EFA)_[\w.]{1,12}'? not found|undefined symbol)/i,
    sees: [
      'node-03:1:2 [0] nccl_net_ofi_init:1418 NCCL WARN NET/OFI Unable to find a protocol that worked.  Failing initialization.',
      'node-03:1:2 [0] NCCL INFO NET/Plugin: Failed to load libnccl-net.so: /opt/lib/libnccl-net.so: undefined symbol: fi_getinfo',
      "/opt/amazon/efa/lib/libfabric.so.1: version `FABRIC_1.6' not found (required by /opt/aws-ofi-nccl/lib/libnccl-net.so)",
    ],
    ignores: [
      'node-03:1:2 [0] NCCL INFO NET/OFI Selected Provider is efa (found 4 nics)',
      'NCCL INFO NET/Plugin : Plugin load (libnccl-net.so) returned 2 : libnccl-net.so: cannot open shared object file: No such file or directory',
      'NCCL INFO NET/OFI Using aws-ofi-nccl 1.7.4aws',
      'libfabric:4242:1689346711::tcp:core:f():1<warn> Cannot open host id file: not found',
    ],
  },
  {
    id: 'nccl.net.incompatible-devices',
    summary: 'the cards of two nodes, or those merged on one, are of different kinds',
    role: 'cause',
    weighs: {
      'nccl-env-misconfig': 3.5,
      'net-plugin-mismatch': 1.5,
      'socket-interface-mismatch': 0.8,
      'rdma-link-fault': 0.4,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net_ib/connect.cc',
    literals: ['incompatible devices', 'incompatible with the local'],
    pattern: /Attempted to (?:connect|merge) incompatible devices|device is incompatible with the local/i,
    sees: [
      'node-03:1:2 [0] transport/net_ib.cc:1001 NCCL WARN NET/IB : Attempted to connect incompatible devices: [0]mlx5_0:1/IB and [1]mlx5_1:1/RoCE. Try selecting NICs of only one link type using NCCL_IB_HCA',
    ],
    ignores: ['all devices are compatible'],
  },
  {
    id: 'nccl.env.wrong',
    summary: 'an NCCL variable or file asks for something that is not there',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.8, 'net-plugin-mismatch': 0.8, 'nccl-bug': 0.4 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html',
    literals: [
      'nccl_',
      'error : network',
      'error: network',
      'xml',
      'no algorithm/protocol',
      'no transport found',
      'topology',
      'invalid nccl_comm_id',
      'error:network',
    ],
    pattern:
      /NCCL WARN Error ?: ?network \S{1,40} not found|Could not open XML (?:topology|graph) file|NCCL WARN[^\n]{0,20}XML (?:Parse|parser|Import|Error|Mismatch)|[Nn]o algorithm\/protocol available|Invalid NCCL_COMM_ID|NCCL_NET_MERGE_POLICY: unknown|Please specify a valid NCCL_|NCCL WARN (?:Invalid|Unknown|Unrecognized)[^\n]{0,60}NCCL_\w+|NCCL_[A-Z_]{2,40}[^\n]{0,60}(?:is not (?:valid|supported)|invalid value|unknown value)|NCCL WARN No transport found (?:for rank|!)/i,
    sees: [
      'node-03:1:2 [0] net.cc:340 NCCL WARN Error: network IB not found.',
      'node-03:1:2 [0] graph/xml.cc:310 NCCL WARN Could not open XML topology file /opt/topo.xml : No such file or directory',
      'NCCL WARN Error : no algorithm/protocol available',
    ],
    ignores: ['NCCL INFO NCCL_P2P_LEVEL set by environment to NVL'],
  },
]);

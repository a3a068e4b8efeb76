import { lineDetector } from './line-patterns.ts';

/** Variables and files for NCCL that it refuses, beyond those that the reader of NCCL's environment knows. */
export const ncclSettings = lineDetector('nccl-settings', [
  {
    // These NCCL finds out itself where the file leaves them out. The line of the source tells the releases 2.6.4 to 2.7.8,
    // which did so only for processors with a GPU in use: 2.8.3 "Topology injection error when using fewer GPUs".
    id: 'nccl.xml.own-part-missing',
    summary: 'NCCL lacks attributes of a processor in the topology that its own detection leaves empty',
    role: 'cause',
    weighs: { 'nccl-bug': 5.4, 'nccl-env-misconfig': 1.2 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/archives/nccl_2165/release-notes/rel_2-8-3.html',
    literals: ['xml.h:77 '],
    pattern: /\bgraph\/xml\.h:77 NCCL WARN Attribute (?:arch|vendor|familyid|modelid) of node cpu not found/,
    sees: ['node-00:1:2 [1] graph/xml.h:77 NCCL WARN Attribute vendor of node cpu not found'],
    ignores: [
      'node-00:1:2 [1] graph/xml.h:101 NCCL WARN Attribute arch of node cpu not found',
      'node-00:1:2 [1] graph/xml.h:77 NCCL WARN Attribute numaid of node cpu not found',
    ],
  },
  {
    // NICs have no address of their own in NCCL's tree, only the PCI device above them has: one that hangs on a CPU (USB,
    // virtual) was compared by it all the same, which later releases leave out.
    id: 'nccl.xml.nic-without-address',
    summary: 'NCCL asks a network interface that is no PCI device for its PCI address: a defect of the release',
    role: 'cause',
    weighs: { 'nccl-bug': 4.4, 'nccl-env-misconfig': 1.6, 'net-plugin-mismatch': 0.6 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/xml.cc',
    literals: ['attribute busid of node n'],
    pattern: /\bAttribute busid of node n(?:ic|et)\b not found/,
    sees: [
      'node-00:1:2 [0] graph/xml.h:85 NCCL WARN Attribute busid of node nic not found',
      'Last error: Attribute busid of node nic not found',
    ],
    ignores: ['graph/xml.h:85 NCCL WARN Attribute busid of node pci not found'],
  },
  {
    id: 'nccl.xml.incomplete',
    summary: 'a topology or graph file for NCCL lacks a part or does not fit the GPUs',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.6, 'net-plugin-mismatch': 1, 'nccl-bug': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/xml.h',
    literals: ['attribute ', 'node not found in xml'],
    pattern:
      /\bAttribute (?!busid of node n)\w{2,20} of node (?:cpu|gpu|nic|net|pci|system|nvlink|graph|channel|algo|gin|c2c|graphs)\b (?:not found|is not an int)|system node not found in XML/,
    sees: [
      'node-00:1:2 [1] graph/xml.h:101 NCCL WARN Attribute arch of node cpu not found',
      'Last error: Attribute class of node pci not found',
      'a small test shows: Attribute arch of node cpu not found',
      'NCCL WARN Attribute ngpus of node algo not found',
    ],
    ignores: ['Attribute name of node main not found', 'attribute error: cpu not found'],
  },
  {
    id: 'nccl.variable.asked-for',
    summary: 'a program ends with the advice to set a variable of NCCL',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.6, 'framework-bug': 0.3 },
    source: 'https://github.com/huggingface/accelerate/blob/main/src/accelerate/state.py',
    literals: ['nccl_'],
    pattern:
      /(?:Error|Exception|ERROR|FATAL|Fatal)\b[^\n]{0,300}\b(?:[Pp]lease|[Mm]ust|[Nn]eed to|[Ss]hould|[Tt]ry to|[Hh]ave to)(?: also)? (?:be )?(?:set|export|unset|setting)[^\n]{0,20}?[`'"]?NCCL_[A-Z0-9_]{3,40}/,
    sees: [
      'NotImplementedError: Using RTX 4000 series doesn\'t support faster communication broadband via P2P or IB. Please set `NCCL_P2P_DISABLE="1"` and `NCCL_IB_DISABLE="1"`',
      'RuntimeError: expandable segments need CUMEM; you must set NCCL_CUMEM_ENABLE=0 before the process group is made',
      'ValueError: two networks of one name were found, please export NCCL_SOCKET_IFNAME',
    ],
    ignores: [
      'NCCL_DEBUG set by environment to INFO',
      'RuntimeError: NCCL error, please set TORCH_SHOW_CPP_STACKTRACES=1',
    ],
  },
  {
    id: 'nccl.variable.refused',
    summary: 'NCCL refuses the value of a variable, or two of them contradict each other',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4.6, 'launcher-rank-misconfig': 0.4 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/socket.cc',
    literals: [
      'pair found',
      'is out of range',
      'has been set to',
      'when nccl_comm_id is set',
      'is force enabled but',
      'but nccl_',
      'does not match the parent',
    ],
    pattern:
      /Net : No valid (?:<IPv4_or_hostname>:<port>|\[IPv6\]:port) pair found|\bNCCL_[A-Z0-9_]{3,40}=\S{1,20} is out of range|\bNCCL_[A-Z0-9_]{3,40} has been set to [^\n]{1,120}not compatible|should not be called when NCCL_COMM_ID is set|\bOOO RQ is force enabled but|\bbut NCCL_[A-Z0-9_]{3,40} is set to \d|Comm config netName \([^)\n]{0,40}\) does not match the parent/,
    sees: [
      'node-00:1:2 [0] NCCL WARN Net : No valid <IPv4_or_hostname>:<port> pair found',
      'node-00:1:2 [0] NCCL WARN NET/IB: NCCL_IB_SUBNET_PREFIX_LEN=64 is out of range [1,32]',
      'node-00:1:2 [0] NCCL WARN NCCL_NVLS_ENABLE has been set to "1" and communicator has multiple ranks using the same NVML device. This is not compatible with NCCL_NVLS_ENABLE=1.',
      'NCCL WARN NET/IB: OOO RQ is force enabled but AR is not enabled, which is required for OOO RQ (device=mlx5_0)',
    ],
    ignores: ['NCCL INFO NCCL_IB_HCA set to mlx5_0', 'index 5 is out of range'],
  },
]);

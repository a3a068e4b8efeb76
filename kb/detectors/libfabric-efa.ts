import { lineDetector } from './line-patterns.ts';

const efaErrors = 'https://github.com/ofiwg/libfabric/blob/main/prov/efa/src/efa_errno.h';
const plugin = 'https://github.com/aws/aws-ofi-nccl/tree/master/src';

/** libfabric, its EFA provider and the NCCL plugin on top of them. */
export const libfabricEfa = lineDetector('libfabric-efa', [
  {
    id: 'efa.peer.handshake-failed',
    summary: 'a peer is known to the EFA card and never answers: its security group lets nothing in or out',
    role: 'cause',
    weighs: { 'firewall-blocked': 5, 'rdma-link-fault': 0.8, 'net-plugin-mismatch': 1, 'host-oom': 0.2 },
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html',
    literals: ['handshake failed', 'prov_errno: 4126', 'prov_errno: 15', 'unreachable remote'],
    pattern:
      /Unresponsive receiver \((?:reachable by EFA device but handshake failed)|prov_errno: (?:4126|15)\b|Unreachable remote - never received a response/,
    sees: [
      'node-03:1:2 [0] ofi_process_cq:200 NCCL WARN NET/OFI Request 0x7f completed with error. RC: 113. Error: 4126 (Unresponsive receiver (reachable by EFA device but handshake failed)). Completed length: 0',
      'libfabric:4242:efa:cq:efa_rdm_ope_handle_error(): prov_errno: 15 Unreachable remote - never received a response',
    ],
    ignores: ['TLS handshake failed: bad certificate'],
  },
  {
    id: 'efa.peer.lost',
    summary: 'a peer that had answered over EFA does so no more',
    role: 'symptom',
    weighs: { 'rdma-link-fault': 0.7, 'host-hardware-fault': 0.3, 'host-oom': 0.3 },
    source: efaErrors,
    literals: [
      'unresponsive remote',
      'connection previously established',
      'connection was reset by remote peer',
      'flushed during queue pair destroy',
      'does not exist or is in error state',
      'operation aborted because the peer closed',
    ],
    pattern:
      /Unresponsive remote \(was previously responsive\)|Unresponsive receiver \(connection previously established\)|Connection was reset by remote peer|Flushed during queue pair destroy|QP does not exist or is in error state|Operation aborted because the peer closed/,
    sees: [
      'node-03:1:2 [0] NCCL WARN NET/OFI Request 0x7f completed with error. RC: 113. Error: 13 (Unresponsive remote (was previously responsive)). Completed length: 0',
    ],
    ignores: ['remote host is responsive'],
  },
  {
    id: 'efa.memory.rights',
    summary: 'an EFA card refuses a memory region as not registered or not allowed',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 2, 'nccl-bug': 1.4, 'gdr-peermem-missing': 1.2, 'framework-bug': 0.7 },
    source: efaErrors,
    literals: ['memory registration is invalid', 'memory registration may not have completed'],
    pattern: /(?:Local|Remote) memory registration is invalid, has insufficient access/,
    sees: ['prov_errno: 7 Remote memory registration is invalid, has insufficient access flags or does not match IOVA'],
    ignores: ['memory registration completed'],
  },
  {
    id: 'ofi.version-too-old',
    summary: 'libfabric is older than the plugin needs, or of another build',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 6 },
    source: plugin,
    literals: [
      'requires at least libfabric version',
      'required libfabric',
      'version `fabric_',
      'undefined symbol: fi_',
      'undefined symbol: efadv_',
      'undefined symbol: ibv_',
    ],
    pattern:
      /requires at least libfabric version|version `FABRIC_\d[\w.]{0,8}'? not found|undefined symbol: (?:fi_\w{3,40}|efadv_\w{3,40})/,
    sees: [
      'node-03:1:2 [0] NCCL WARN NET/OFI EFA provider requires at least libfabric version 1.18.0.',
      "ImportError: /opt/amazon/efa/lib/libfabric.so.1: version `FABRIC_1.6' not found (required by /opt/aws-ofi-nccl/lib/libnccl-net.so)",
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO NET/OFI Using Libfabric version 1.20'],
  },
  {
    id: 'ofi.option-unknown',
    summary: 'libfabric does not know an option that the plugin was built to set',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.4, 'rdma-device-missing-in-container': 0.8 },
    source: 'https://github.com/aws/aws-ofi-nccl/issues/241',
    literals: ['fi_opt_', 'disabling shared memory failed'],
    pattern:
      /NCCL WARN NET\/OFI (?:(?:Couldn't (?:set|get)|Could not set|Failed to set|Retrieving option endpoint) FI_OPT_\w{3,60}|Disabling shared memory failed|FI_OPT_\w{3,60} (?:is true|not declared) when|Using Libfabric 1\.18 API[^\n]{0,60}FI_OPT_\w{3,60} is not declared)/,
    sees: [
      "node-03:1:2 [0] configure_sendrecv_inorder:213 NCCL WARN NET/OFI Couldn't set FI_OPT_EFA_SENDRECV_IN_ORDER_ALIGNED_128_BYTES. RC: -92, ERROR: Protocol not available",
      'node-03:1:2 [0] NCCL WARN NET/OFI Disabling shared memory failed: Protocol not available',
      'node-03:1:2 [0] NCCL WARN NET/OFI Failed to set FI_OPT_CUDA_API_PERMITTED. RC: -22, ERROR: Invalid argument',
    ],
    ignores: [
      'node-03:1:2 [0] NCCL INFO NET/OFI Setting FI_OPT_EFA_SENDRECV_IN_ORDER_ALIGNED_128_BYTES not supported.',
      'node-03:1:2 [0] NCCL INFO NET/OFI Setting FI_OPT_MAX_MSG_SIZE not supported.',
    ],
  },
  {
    id: 'ofi.no-provider',
    summary: 'libfabric offers the plugin no provider that it could use',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 3.3, 'net-plugin-mismatch': 2.9, 'nccl-env-misconfig': 1 },
    // Inside of containers it was the missing /dev/infiniband more often than the build of the plugin.
    source: 'https://github.com/aws/aws-ofi-nccl/issues/1020',
    literals: [
      'no eligible providers',
      "couldn't find any optimal provider",
      'fi_getinfo() call failed',
      'insufficient libfabric devices',
      'unable to find a protocol that worked',
      'getinfo() failed',
      'fi_getinfo: -61',
    ],
    pattern:
      /\bfi_getinfo: -61\b|No eligible providers (?:were )?found|Couldn't find any optimal provider|OFI fi_getinfo\(\) call failed|Insufficient Libfabric devices found|OFI[^\n]{0,60}getinfo\(\) failed/,
    sees: [
      'node-03:1:2 [0] nccl_net_ofi_rdma_init:7900 NCCL WARN NET/OFI OFI fi_getinfo() call failed: No data available',
      "node-03:1:2 [0] NCCL WARN NET/OFI Couldn't find any optimal provider",
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO NET/OFI Selected Provider is efa (found 4 nics)'],
  },
  {
    id: 'ofi.setting-unsupported',
    summary: 'a variable of the OFI plugin asks for something that this platform does not do',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 4, 'net-plugin-mismatch': 1.4 },
    source: plugin,
    literals: ['nccl_ofi_nic_dup_conns set', 'invalid value for ofi_nccl_', 'net/ofi unknown transport'],
    pattern:
      /NCCL_OFI_NIC_DUP_CONNS set on platform that supports|Invalid value for OFI_NCCL_\w{2,40}|NET\/OFI unknown transport \S/,
    sees: [
      'node-03:1:2 [0] NCCL WARN NET/OFI NCCL_OFI_NIC_DUP_CONNS set on platform that supports GPUDirect RDMA.  This configuration is not supported.',
    ],
    ignores: ['OFI_NCCL_PROTOCOL=SENDRECV'],
  },
  {
    id: 'efa.fork-unsafe',
    summary: 'the program called fork() while EFA memory was registered and fork support was off',
    role: 'cause',
    weighs: { 'nccl-env-misconfig': 3, 'net-plugin-mismatch': 1.4, 'user-code-error': 1.4, 'framework-bug': 0.8 },
    source: 'https://github.com/ofiwg/libfabric/blob/main/prov/efa/src/efa_fork_support.c',
    literals: ['efa provider to work safely when fork', 'a process has executed an operation involving a call'],
    pattern: /EFA provider to work safely when fork\(\)|A process has executed an operation involving a call/,
    sees: ['For the Libfabric EFA provider to work safely when fork()'],
    ignores: ['fork() support is enabled'],
  },
  {
    id: 'ofi.no-memory',
    summary: 'a libfabric provider may lock no more memory (ENOMEM)',
    role: 'cause',
    weighs: {
      'ulimit-too-low': 3.4,
      'rdma-device-missing-in-container': 0.7,
      'host-oom': 0.6,
      'net-plugin-mismatch': 0.6,
    },
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html',
    literals: ['-12', 'cannot allocate memory'],
    pattern:
      /(?:prov\/(?:efa|verbs|psm\w)\/|\blibfabric(?: error)?:|NET\/OFI|\bfi_\w{3,30}\b|Unable to write to EQ)[^\n]{0,200}(?:Unknown error -12|\(-12\)|\brc:? ?-12\b|RC: -12|Cannot allocate memory)/i,
    sees: [
      '[0]:Unable to write to EQ: Missing or unavailable event queue. err: Unknown error -12 (-12) prov_errno: Unknown error -12 (-12) prov/efa/src/rxr/rxr.h:993',
      'libfabric:4242:1700000000:efa:mr:efa_mr_reg_impl():800<warn> Unable to register MR: Cannot allocate memory',
      'Libfabric error: (-12) Cannot allocate memory',
    ],
    ignores: ['NCCL WARN NET/OFI Unable to register memory (type = 2) for device 0. RC: -14, Error: Bad address'],
  },
  {
    // Buffers of the provider's own are registered, which locks them; nothing of another machine takes part in it.
    id: 'efa.buffers.not-posted',
    summary: 'the EFA provider could not make or post its own receive buffers',
    role: 'cause',
    weighs: { 'ulimit-too-low': 2.6, 'net-plugin-mismatch': 0.8, 'host-oom': 0.4 },
    source: efaErrors,
    literals: ['post internal receive buffers', '4112', '4105'],
    pattern:
      /Failure to post internal receive buffers|\bprov_errno: (?:\w[^\n]{0,40}\()?4(?:112|105)\b|\bEFA internal error: \(4(?:112|105)\)/,
    sees: [
      'EFA internal error: (4112) Failure to post internal receive buffers',
      'libfabric:4242:1700000000:efa:eq:efa_base_ep_write_eq_error():580<warn> Writing error to EQ: err: Success (0) prov_errno: Failure to post internal receive buffers (4112)',
      'EFA internal error: (4105) Out of memory',
    ],
    ignores: ['EFA internal error: (4110) Failure inserting address into address vector', 'port 4112 is open'],
  },
  {
    // The last resort of the provider, where no queue takes the error: what it was stands in the lines below.
    id: 'efa.provider.aborts',
    summary: 'the EFA provider met an error within itself and ends the program',
    role: 'cause',
    weighs: { 'ulimit-too-low': 1, 'net-plugin-mismatch': 1, 'rdma-link-fault': 0.5 },
    source: 'https://github.com/ofiwg/libfabric/blob/main/prov/efa/src/efa_base_ep.c',
    literals: ['libfabric efa provider has encountered', 'efa internal error: ('],
    pattern: /Libfabric EFA provider has encountered an internal error|EFA internal error: \(\d{1,5}\)/,
    sees: [
      'Libfabric EFA provider has encountered an internal error:',
      'EFA internal error: (4110) Failure inserting address into address vector',
    ],
    ignores: ['Libfabric EFA provider is used'],
  },
  {
    id: 'ofi.peer-not-inserted',
    summary: 'the OFI plugin could not add the address of a peer, although both sides have cards',
    role: 'symptom',
    weighs: { 'firewall-blocked': 1.2, 'net-plugin-mismatch': 0.9, 'rdma-link-fault': 0.4 },
    source: plugin,
    literals: ['unable to insert'],
    pattern: /NET\/OFI Unable to insert (?:remote|peer) address/,
    sees: ['NET/OFI Unable to insert remote address into address vector for device 1. RC: 0'],
    ignores: ['NET/OFI Unable to insert local address into address vector'],
  },
  {
    id: 'ofi.call-failed',
    summary: 'a call of the OFI plugin into libfabric failed',
    role: 'cause',
    weighs: {
      'net-plugin-mismatch': 2.4,
      'rdma-device-missing-in-container': 1.2,
      'rdma-link-fault': 0.9,
      'ulimit-too-low': 0.8,
      'gdr-peermem-missing': 0.6,
    },
    source: plugin,
    literals: ['warn net/ofi'],
    pattern:
      /NCCL WARN NET\/OFI (?:Couldn't (?:open|allocate|bind|enable)|fi_(?:open_ops|getname|nic|dupinfo|mr_\w{3,8}|domain|endpoint)\b[^\n]{0,80}(?:failed|not available)|Querying provider capabilities failed|Unable to insert (?:remote|local) address|Call to fi_\w{3,30}|Unable to register memory|Initializing plugin failed|Failed to (?:create|initialize(?! GDRCopy)|group|find(?! shared library info))|Error (?:posting|accessing))/,
    sees: [
      "node-03:1:2 [0] NCCL WARN NET/OFI Couldn't open a fabric access domain. RC: -22, ERROR: Invalid argument",
      'node-03:1:2 [0] NCCL WARN NET/OFI Unable to register memory (type = 2) for device 0. RC: -14, Error: Bad address',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN NET/OFI Request 0x7f completed with error. RC: 107.'],
  },
  {
    id: 'ofi.completion-error',
    summary: 'a transfer of the OFI plugin ended with an error',
    role: 'symptom',
    weighs: { 'rdma-link-fault': 0.7, 'firewall-blocked': 0.4, 'net-plugin-mismatch': 0.3 },
    source: plugin,
    literals: ['completed with error: err:', 'completed with error. rc:'],
    pattern: /NET\/OFI [^\n]{0,160}completed with error(?:: err:|\. RC:)/,
    sees: [
      'node-03:1:2 [0] NCCL WARN NET/OFI Request 0x7f completed with error. RC: 107. Error: 9 (Bad queue pair). Completed length: 0',
    ],
    ignores: ['NET/OFI request completed'],
  },
]);

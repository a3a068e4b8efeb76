import { lineDetector } from './line-patterns.ts';

const fabricGuide = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

/** NVLink, NVSwitch, fabric manager and IMEX. */
export const nvlinkFabric = lineDetector('nvlink-fabric', [
  {
    id: 'fabricmanager.version-mismatch',
    summary: 'fabric manager and driver have different versions',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 6.5, 'driver-version-mismatch': 1.5 },
    source: fabricGuide,
    literals: ['fabric manager', 'fabricmanager', 'nv-fabricmanager'],
    pattern: /fabric ?manager[^\n]{0,120}(?:interface version|version)[^\n]{0,60}(?:don'?t|does not|doesn'?t) match/i,
    sees: [
      "fabric manager NVIDIA GPU driver interface version 535.129.03 don't match with driver version 535.161.08. Please update with matching NVIDIA driver package.",
    ],
    ignores: ['fabric manager version 535.161.08 started'],
  },
  {
    id: 'fabricmanager.failed',
    summary: 'fabric manager did not start or stopped',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 6, 'nvlink-fabric-error': 1.2 },
    source: fabricGuide,
    literals: ['fabricmanager', 'fabric manager'],
    pattern:
      /(?:nvidia-)?fabricmanager(?:\.service)?: (?:Failed with result|Main process exited|Control process exited|Unit entered failed)|Failed to start [^\n]{0,40}fabric ?manager|fabric ?manager[^\n]{0,40}(?:is not running|not running|inactive|failed to (?:start|initialize)|not (?:installed|found|loaded))|nvidia-fabricmanager[^\n]{0,40}(?:could not be found|inactive \(dead\)|failed \(Result)/i,
    sees: [
      "node-03 systemd[1]: nvidia-fabricmanager.service: Failed with result 'exit-code'.",
      'Failed to start NVIDIA fabric manager service.',
    ],
    ignores: [
      'node-03 systemd[1]: Started NVIDIA fabric manager service.',
      'nvidia-fabricmanager[1234]: Successfully configured all the available GPUs and NVSwitches to route NVLink traffic.',
    ],
  },
  {
    id: 'fabricmanager.nvlink-fault',
    summary: 'fabric manager reports a fatal NVSwitch or NVLink error',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 5.5, 'fabricmanager-not-running': 1 },
    source: fabricGuide,
    literals: ['nvswitch', 'fabricmanager', 'fabric manager', 'nvlink'],
    pattern:
      /(?:detected|reported)[^\n]{0,40}(?:NVSwitch|NVLink)[^\n]{0,60}(?:fatal|non-fatal|port)? ?error|NVSwitch[^\n]{0,60}(?:fatal error|degraded|excluded)/i,
    sees: [
      '[ERROR] [tid 2345] detected NVSwitch fatal error 24007 on fid:0 on NVSwitch pci bus id:00000000:c4:00.0 physical id:2 port:33',
    ],
    ignores: ['NVSwitch count: 6'],
  },
  {
    id: 'nvidia.sxid.fatal',
    summary: 'an NVSwitch reported an SXid',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 5.5 },
    source: fabricGuide,
    literals: ['sxid'],
    pattern: /\bSXid \(PCI:[0-9a-f:.]{7,16}\): (?<code>\d{4,5})(?<severity>, Fatal|, Non-fatal)?/i,
    sees: [
      'nvidia-nvswitch3: SXid (PCI:0000:c4:00.0): 24007, Fatal, Link 33 sourcetrack timeout error (First)',
      'nvidia-nvswitch0: SXid (PCI:0000:a9:00.0): 12028, Non-fatal, Link 32 egress non-posted PRIV error (First)',
    ],
    ignores: ['nvidia-nvswitch0: opened by nv-fabricmanager'],
  },
  {
    id: 'nvidia.cuda.nvlink-error',
    summary: 'a program met an uncorrectable error of an NVLink',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 6.5, 'gpu-driver-bug': 0.5 },
    source: 'https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__TYPES.html',
    literals: ['uncorrectable nvlink error', 'nvlink_uncorrectable', 'nvlinkuncorrectable'],
    pattern: /uncorrectable NVLink error|NVLINK_?UNCORRECTABLE/i,
    sees: ['  what():  CUDA error: uncorrectable NVLink error detected during the execution'],
    ignores: ['NVLink errors: 0'],
  },
  {
    id: 'nvlink.link.reported-down',
    summary: 'an NVLink is down or counts errors',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4.8, 'host-hardware-fault': 0.7, 'fabricmanager-not-running': 0.8 },
    source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html',
    literals: ['nvlink'],
    pattern:
      /nvlink[^\n]{0,60}(?:link \d{1,2}[^\n]{0,20})?(?:is (?:down|inactive)|went down|link(?:s)? down|training (?:failed|error)|link (?:fault|failure)|fatal error|uncorrectable|minion (?:failed|error))|DCGM_FR_NVLINK_(?:DOWN|ERROR_CRITICAL|CRC_ERROR_THRESHOLD|EFFECTIVE_BER_THRESHOLD|SYMBOL_BER_THRESHOLD)|NVLink error|nvlink peer-?access[^\n]{0,20}fault/i,
    sees: [
      'NVRM: knvlinkUpdatePostRxDetectLinkMask: GPU 0 NVLink 5 is down',
      'DCGM_FR_NVLINK_DOWN: GPU 4 NvLink link 8 is currently down',
    ],
    ignores: ['NVLink is enabled', '	 Link 0: 25 GB/s'],
  },
  {
    id: 'nccl.nvls.bind-failed',
    summary: 'NVLink SHARP multicast memory cannot be bound',
    role: 'cause',
    weighs: {
      'fabricmanager-not-running': 3.2,
      'nvlink-fabric-error': 2,
      'nccl-env-misconfig': 1,
      'nccl-bug': 1,
      'gpu-driver-bug': 0.7,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/transport/nvls.cc',
    literals: ['multicast memory', 'nvls'],
    pattern: /Failed to bind NVLink SHARP \(NVLS\) Multicast memory|transport\/nvls\.cc:\d+ NCCL WARN Cuda failure/i,
    sees: [
      "node-03:100:200 [0] transport/nvls.cc:254 NCCL WARN Failed to bind NVLink SHARP (NVLS) Multicast memory of size 2097152 : CUDA error 2 'out of memory'.",
    ],
    ignores: ['NCCL INFO NVLS multicast support is available on dev 0'],
  },
  {
    id: 'nccl.mnnvl.imex',
    summary: 'multi-node NVLink is there but its IMEX service or channel is not',
    role: 'cause',
    weighs: {
      'fabricmanager-not-running': 4,
      'container-toolkit-misconfig': 1.5,
      'nvlink-fabric-error': 1.2,
      'nccl-env-misconfig': 0.8,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/mnnvl.cc',
    literals: ['imex', 'mnnvl'],
    pattern: /MNNVL[^\n]{0,60}(?:available but not working|IMEX)|nvidia-imex[^\n]{0,60}(?:failed|not running|error)/i,
    sees: [
      'node-03:100:200 [0] mnnvl.cc:61 NCCL WARN MNNVL (cliqueSize 8) is available but not working on this system. Check the IMEX channel configuration (/dev/nvidia-caps-imex-channels)',
    ],
    ignores: ['NCCL INFO MNNVL busId 0x19000 fabric UUID 0.0 cliqueId 0x0 state 3 healthMask 0x0'],
  },
  {
    id: 'nccl.p2p.disabled-despite-nvlink',
    summary: 'peer access is off between GPUs that NVLink joins',
    role: 'cause',
    weighs: {
      'nccl-env-misconfig': 2,
      'nvlink-fabric-error': 2,
      'acs-iommu-p2p-broken': 1.2,
      'fabricmanager-not-running': 1.2,
      'container-toolkit-misconfig': 0.7,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/paths.cc',
    literals: ['p2p is disabled between nvlink'],
    pattern: /P2P is disabled between NVLINK connected GPUs/i,
    sees: [
      'node-03:100:200 [0] graph/paths.cc:371 NCCL WARN P2P is disabled between NVLINK connected GPUs 1 and 0. This should not be the case given their connectivity, and is probably due to a hardware issue.',
    ],
    ignores: ['NCCL INFO P2P Chunksize set to 524288'],
  },
]);

import { lineDetector } from './line-patterns.ts';

const driver = 'https://github.com/NVIDIA/open-gpu-kernel-modules/tree/main/src/nvidia/src/kernel/gpu/nvlink';

/** NVLink, its use by CUDA and NCCL, and IMEX. NVSwitches and the fabric manager have their own files. */
export const nvlinkFabric = lineDetector('nvlink-fabric', [
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
    id: 'nvlink.link.training-failed',
    summary: 'an NVLink did not train or could not become active',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 5.5, 'host-hardware-fault': 0.7, 'fabricmanager-not-running': 0.5 },
    source: driver,
    literals: [
      'link training failed for link',
      'failed to train link',
      'to transition to active',
      'nvlink post topology',
      'link training between gpu',
      'failed to activate link',
      'marked degraded',
      'ali error for gpu',
      'failed to train for the given gpu pairs',
      'sysmem links to active on gpu',
      'lead to nvlink degradation',
    ],
    pattern:
      /^(?![^\n]{0,200}\bXid \()[^\n]{0,300}?(?:NVLink: (?:Link training failed for link|failed to train link)|Failed to request Link \d{1,2} to transition to active|Nvlink post topology links setup failed on GPU|link training between GPU\d{1,2} and SWITCH failed|Failed to activate link ?\d{1,2} on GPU|GPU(?<gpu>\d{1,2}) marked Degraded\. Error originated on linkId|ALI Error for GPU \d{1,2}::linkId|Links failed to train for the given gpu pairs|FAILED TO TRAIN CPU\/SYSMEM LINKS TO ACTIVE on GPU|This will lead to NVLINK Degradation)/i,
    sees: [
      'NVRM: GPU2 marked Degraded. Error originated on linkId 7!',
      'NVRM: knvlinkTrainP2pLinksToActive: link training between GPU3 and SWITCH failed with status 65',
      'NVRM: knvlinkLogAliDebugMessages_GH100: ALI Error for GPU 3::linkId 7: 0x1',
    ],
    ignores: ['NVRM: Requesting Link 3 to transition to active', 'NVLink is supported'],
  },
  {
    id: 'nvlink.links.all-inactive',
    summary: 'all NVLinks of a GPU are inactive',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 3.2, 'fabricmanager-not-running': 2, 'gpu-driver-bug': 0.5 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/1150',
    literals: ['all links are inactive'],
    pattern: /Unable to retrieve NVLink information as all links are inactive/i,
    sees: ['NVML: Unable to retrieve NVLink information as all links are inActive'],
    ignores: ['GPU 0: all links are active'],
  },
  {
    id: 'nvlink.link.reported-down',
    summary: 'an NVLink is down or counts errors',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4.8, 'host-hardware-fault': 0.7, 'fabricmanager-not-running': 0.8 },
    source: 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html',
    literals: ['nvlink'],
    pattern:
      /nvlink[^\n]{0,60}(?:link \d{1,2}[^\n]{0,20})?(?:is (?:down|inactive)|went down|link(?:s)? down|training (?:failed|error)|link (?:fault|failure)|fatal error|uncorrectable|minion (?:failed|error))|DCGM_FR_NVLINK_(?:DOWN|ERROR_CRITICAL|CRC_ERROR_THRESHOLD|EFFECTIVE_BER_THRESHOLD|SYMBOL_BER_THRESHOLD)|(?<!Add )NVLink error(?! {1,6}: (?!could))|nvlink peer-?access[^\n]{0,20}fault/i,
    sees: [
      'NVRM: knvlinkUpdatePostRxDetectLinkMask: GPU 0 NVLink 5 is down',
      'DCGM_FR_NVLINK_DOWN: GPU 4 NvLink link 8 is currently down',
    ],
    ignores: [
      'NVLink is enabled',
      '	 Link 0: 25 GB/s',
      'node-03:1:2 [0] graph/topo.cc:620 NCCL WARN Add NVLink error : could not find GPU 1a000',
      "nvlink error   : Undefined reference to '__cudaRegisterLinkedBinary'",
    ],
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
    pattern:
      /MNNVL[^\n]{0,60}(?:available but not (?:working|supported)|IMEX)|nvidia-imex[^\n]{0,60}(?:failed|not running|error)/i,
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

import { lineDetector } from './line-patterns.ts';

const smi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const nvml = 'https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html';
const mps = 'https://docs.nvidia.com/deploy/mps/index.html';
const imex = 'https://docs.nvidia.com/multi-node-nvlink-systems/imex-guide/index.html';

/** nvidia-smi, NVML and the services beside the driver (MPS, IMEX, GDRCopy, GPUDirect Storage) in their own words. */
export const nvidiaUserTools = lineDetector('nvidia-user-tools', [
  {
    id: 'nvml.blocked-by-system',
    summary: 'the operating system does not let NVML reach the GPUs',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 2.4, 'container-toolkit-misconfig': 2, 'driver-version-mismatch': 1.2 },
    source: nvml,
    literals: [
      'blocked by the operating system',
      'operating system has blocked the request',
      'nvmlerror_operatingsystem',
    ],
    pattern:
      /GPU access blocked by the operating system|operating system has blocked the request|NVMLError_OperatingSystem/i,
    sees: [
      'Failed to initialize NVML: GPU access blocked by the operating system',
      'pynvml.nvml.NVMLError_OperatingSystem: The operating system has blocked the request',
    ],
    ignores: ['the request was blocked by the proxy'],
  },
  {
    id: 'nvml.handle.no-permission',
    summary: 'NVML may not open a GPU that the system lists',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 2.6, 'permission-misconfig': 1.8, 'container-toolkit-misconfig': 1.6 },
    source: nvml,
    literals: ['insufficient permissions'],
    pattern: /Unable to determine the device handle for (?:gpu )?GPU[^\n]{0,40}: Insufficient Permissions/i,
    sees: [
      'Unable to determine the device handle for GPU 0000:41:00.0: Insufficient Permissions',
      'Unable to determine the device handle for GPU3: 0000:5E:00.0: Insufficient Permissions',
    ],
    ignores: ['Unable to determine the device handle for GPU0000:8A:00.0: Unknown Error'],
  },
  {
    id: 'nvml.call.unknown-error',
    summary: 'NVML answers that it does not know what is wrong with a GPU',
    role: 'cause',
    weighs: {
      'cgroup-device-loss': 1.6,
      'gpu-fell-off-bus': 1.4,
      'gpu-driver-bug': 1.4,
      'container-toolkit-misconfig': 0.5,
    },
    source: nvml,
    literals: ['nvmlerror_unknown', 'nvmldeviceget', 'nvml_error_unknown', 'an internal driver error occurred'],
    pattern:
      /NVMLError_Unknown\b|nvmlDeviceGet\w{3,40}[^\n]{0,30}: ?Unknown Error|NVML_ERROR_UNKNOWN\b|nvml error \(?999\)?: An internal driver error occurred/i,
    sees: [
      'pynvml.nvml.NVMLError_Unknown: Unknown Error',
      'nvmlDeviceGetHandleByIndex_v2 failed: Unknown Error',
      '[/opt/dali/dali/core/cuda_error.cc] NVML error NVML_ERROR_UNKNOWN',
    ],
    ignores: ['nvmlDeviceGetNvLinkState() failed: Not Supported'],
  },
  {
    id: 'nvml.start.failed',
    summary: 'NVML could not start for a program',
    role: 'context',
    weighs: { 'container-toolkit-misconfig': 1.2, 'driver-version-mismatch': 1.2, 'cgroup-device-loss': 0.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/cuda/__init__.py',
    literals: ["can't initialize nvml"],
    pattern: /Can't initialize NVML/,
    sees: [
      "torch/cuda/__init__.py:734: UserWarning: Can't initialize NVML",
      "UserWarning: Can't initialize NVML  warnings.warn(",
    ],
    ignores: ['initialized NVML'],
  },
  {
    id: 'nvidia.smi.absent',
    summary: 'there is no nvidia-smi where it is called: no driver on the node, or a container without it',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 1.8, 'driver-version-mismatch': 1.6, 'user-code-error': 0.8 },
    source: smi,
    literals: ['nvidia-smi'],
    pattern:
      /\bnvidia-smi: (?:command )?not found|No such file or directory: '(?:\/\w{1,20}){0,4}\/?nvidia-smi'|\[Errno 2\][^\n]{0,40}nvidia-smi/,
    sees: [
      'bash: nvidia-smi: command not found',
      '/bin/sh: 1: nvidia-smi: not found',
      "FileNotFoundError: [Errno 2] No such file or directory: 'nvidia-smi'",
    ],
    ignores: ['nvidia-smi: 535.104.05'],
  },
  {
    id: 'nvidia.gpu.reset-refused',
    summary: 'a GPU could not be reset, mostly because processes still use it',
    role: 'context',
    weighs: { 'foreign-gpu-process': 1.4, 'gpu-driver-bug': 0.5, 'gpu-fell-off-bus': 0.3 },
    source: smi,
    literals: ['could not be reset', 'unable to reset this gpu', "gpu reset couldn't run"],
    pattern: /GPUs?\b[^\n]{0,40} could not be reset|Unable to reset this GPU because|GPU Reset couldn't run because/,
    sees: [
      'GPU 00000000:41:00.0 could not be reset: Unknown Error',
      "Unable to reset this GPU because it's being used by some other process (e.g. CUDA application, graphics application like X server",
    ],
    ignores: ['GPU 00000000:41:00.0 was successfully reset.'],
  },
  {
    id: 'nvidia.rows.remapped',
    summary: 'a GPU has remapped rows or retired pages after uncorrectable errors, at some time',
    role: 'context',
    weighs: { 'gpu-ecc-uncorrectable': 1.8 },
    source: 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html',
    literals: ['uncorrectable error ', 'double bit ecc '],
    pattern: /^\s{8,16}(?:Uncorrectable Error|Double Bit ECC)\s{2,40}: (?<count>[1-9]\d{0,4})\s{0,8}$/,
    sees: ['            Uncorrectable Error               : 2', '        Double Bit ECC                    : 3'],
    ignores: ['            Uncorrectable Error               : 0', '            Correctable Error                 : 2'],
  },
  {
    id: 'nvidia.sram.errors',
    summary: 'the memory inside a GPU had uncorrectable errors, or more of them than it may',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 4.2 },
    source: smi,
    literals: ['sram threshold exceeded', 'sram uncorrectable'],
    pattern: /SRAM Threshold Exceeded\s{2,40}: Yes|SRAM Uncorrectable (?:Parity|SEC-DED)\s{2,40}: [1-9]/,
    sees: ['        SRAM Threshold Exceeded               : Yes', '            SRAM Uncorrectable SEC-DED        : 1'],
    ignores: [
      '            SRAM Uncorrectable Parity         : 0',
      '        SRAM Threshold Exceeded               : No',
    ],
  },
  {
    id: 'nvidia.fabric.health-bad',
    summary: "nvidia-smi shows a GPU's place in the NVLink fabric as degraded or not to be reached",
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4, 'fabricmanager-not-running': 1.4 },
    source: smi,
    literals: [
      'bandwidth  ',
      'route unhealthy',
      'access timeout recovery',
      'route recovery in progress',
      'incorrect configuration',
      'summary  ',
    ],
    pattern:
      /^\s{8,24}(?:Bandwidth\s{4,48}: Degraded|(?:Route Unhealthy|Access Timeout Recovery|Route Recovery in progress)\s{2,48}: True|Incorrect Configuration\s{2,48}: Incorrect \w|Summary\s{4,48}: (?:Unhealthy|Limited Capacity))/,
    sees: [
      '                Bandwidth                     : Degraded',
      '                Route Unhealthy               : True',
      '                Summary                       : Unhealthy',
    ],
    ignores: [
      '                Summary                       : Healthy',
      '                Bandwidth                     : Full',
    ],
  },
  {
    id: 'nvidia.nvlink.link-inactive',
    summary: 'an NVLink is shown as inactive',
    role: 'context',
    weighs: { 'nvlink-fabric-error': 1.2, 'fabricmanager-not-running': 0.5 },
    source: smi,
    literals: ['<inactive>'],
    pattern: /^\s{1,12}Link (?<link>\d{1,2}): <inactive>/,
    sees: ['         Link 3: <inactive>', '\t Link 11: <inactive>'],
    ignores: ['         Link 3: 26.562 GB/s'],
  },
  {
    id: 'mps.server.failed',
    summary: 'the server that shares a GPU among processes (MPS) did not start or stopped after a fault of a client',
    role: 'cause',
    weighs: {
      'foreign-gpu-process': 1.8,
      'user-code-error': 1,
      'container-toolkit-misconfig': 1,
      'framework-bug': 0.8,
      'driver-version-mismatch': 0.6,
    },
    source: mps,
    literals: [
      'encountered a fatal exception',
      'mps control daemon process',
      'failed to communicate with mps server',
      'mps daemon',
      'mps control daemon',
      '] failed to start : ',
      'between the mps server and the mps client',
      'required to device connections',
    ],
    pattern:
      /(?:Server|Client \{[^}\n]{1,60}\}) encountered a fatal exception|Cannot find MPS control daemon process|MPS [Cc]lient failed to communicate with MPS server|(?:[Ff]ailed to (?:start|send command to)|error (?:waiting for|checking)) (?:the )?MPS (?:control )?daemon|\bServer {1,8}\d{1,8}\] Failed to start : (?!CUDA_ERROR|all CUDA)|remote procedural call between the MPS server and the MPS client failed|hardware resources required to device connections have been exhausted/,
    sees: [
      '[2024-05-01 12:00:00.000 Control    73] Server encountered a fatal exception. Shutting down',
      'Legacy Server   425] Failed to start : invalid argument',
      'error waiting for MPS daemon: error checking MPS daemon health: failed to send command to MPS daemon: exit status 1',
      'RuntimeError: CUDA error: the remote procedural call between the MPS server and the MPS client failed',
      'Cannot find MPS control daemon process',
    ],
    ignores: [
      '[2024-05-01 12:00:00.000 Control    73] Starting new server 95 for user 0',
      'Starting NVIDIA MPS control daemon...',
    ],
  },
  {
    id: 'imex.domain.degraded',
    summary: 'the service for memory shared over NVLink between nodes (IMEX) misses nodes or does not run',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 3, 'nvlink-fabric-error': 0.7, 'socket-interface-mismatch': 0.5 },
    source: imex,
    literals: [
      'domain state: ',
      '- unavailable',
      '- invalid',
      '- disconnected',
      '- version_mismatch',
      '- auth',
      'nvidia-imex-ctl',
      'nodes_config.cfg',
    ],
    pattern:
      /\bDomain State: (?:DEGRADED|DOWN|INVALID)\b|^Node #\d{1,4} {1,4}\*? ?[0-9A-Fa-f.:]{3,45} \*? {0,4}- (?:UNAVAILABLE|INVALID|DISCONNECTED|VERSION_MISMATCH|AUTH\w{0,16})\b|nvidia-imex-ctl: [^\n]{0,60}(?:[Ff]ailed|[Uu]nable|[Ee]rror)|\[ERROR\] [^\n]{0,120}nodes_config\.cfg/,
    sees: [
      'Domain State: DEGRADED',
      'Node #3   * 10.0.0.3 *   - UNAVAILABLE   - Version: 570.124',
      '[May 01 2024 12:00:00] [ERROR] [tid 4411] Local node IP address not found in nodes_config.cfg',
    ],
    ignores: ['Domain State: UP', 'Node #3   * 10.0.0.3 *   - READY   - Version: 570.124'],
  },
  {
    id: 'gdrcopy.driver-missing',
    summary: 'the driver of GDRCopy is not loaded, too old, or its library is missing; programs copy without it',
    role: 'context',
    weighs: { 'gdr-peermem-missing': 1.6, 'driver-version-mismatch': 1.2, 'container-toolkit-misconfig': 0.6 },
    source: 'https://github.com/NVIDIA/gdrcopy/blob/master/src/gdrapi.c',
    literals: ['gdrdrv', 'libgdrapi.so', 'gdrcopy not loaded'],
    pattern:
      /Is gdrdrv driver installed and loaded|Module gdrdrv not found|gdrdrv (?:might be too old|is too old|cannot fulfill)|gdrcopy requires gdrdrv|libgdrapi\.so(?:\.\d)?: cannot open shared object|GDRCOPY not loaded|\/dev\/gdrdrv[^\n]{0,20}[Nn]o such file/,
    sees: [
      'gdr_open error: Is gdrdrv driver installed and loaded?',
      'modprobe: FATAL: Module gdrdrv not found in directory /lib/modules/5.15.0-91-generic',
      'libgdrapi.so.2: cannot open shared object file: No such file or directory',
    ],
    ignores: ['gdrdrv:loading gdrdrv version 2.4 built for proprietary NVIDIA driver'],
  },
  {
    id: 'nvidia.p2p.pin-failed',
    summary: 'memory of a GPU could not be pinned for another device (nvidia_p2p)',
    role: 'cause',
    weighs: {
      'gdr-peermem-missing': 1.4,
      'driver-version-mismatch': 1.2,
      'framework-bug': 0.6,
      'acs-iommu-p2p-broken': 0.5,
    },
    source: 'https://github.com/NVIDIA/gdrcopy/blob/master/src/gdrdrv/gdrdrv.c',
    literals: ['nvidia_p2p_'],
    pattern:
      /nvidia_p2p_(?:get_pages|dma_map_pages|get_pages_persistent)[^\n]{0,120}failed \[ret = -\d|[Ee]rror (?:ret )?-\d{1,3} (?:while calling|invoking) nvidia_p2p_(?:get_pages|dma_map_pages)/,
    sees: [
      'gdrdrv:nvidia_p2p_get_pages(va=7f0000 len=65536 p2p_token=0 va_space=0 callback=000) failed [ret = -22]',
      'nvidia-fs:nvfs_pin_gpu_pages:1298 Error ret -22 invoking nvidia_p2p_get_pages',
    ],
    ignores: ['nvidia_p2p_get_pages called'],
  },
  {
    id: 'gds.driver-missing',
    summary:
      'GPUDirect Storage does not run: its kernel module is not loaded or does not fit; files are read the ordinary way',
    role: 'context',
    weighs: { 'driver-version-mismatch': 0.8, 'user-code-error': 0.5, 'shared-fs-problem': 0.3 },
    source: 'https://docs.nvidia.com/gpudirect-storage/troubleshooting-guide/index.html',
    literals: [
      'nvidia-fs',
      'cufiledriveropen',
      'cu_file_',
      'cufio',
      'cufile driver open failed',
      'gpudirect storage not supported',
    ],
    pattern:
      /nvidia-fs(?:\.ko)? (?:driver (?:is )?not loaded|driver version mismatch)|cuFileDriverOpen (?:failed|error)|cuFile Driver open failed|CU_FILE_(?:DRIVER_\w{5,30}|PLATFORM_NOT_SUPPORTED|IO_NOT_SUPPORTED|DEVICE_NOT_SUPPORTED|GPU_MEMORY_PINNING_FAILED|PERMISSION_DENIED|INVALID_FILE_TYPE)|(?:ERROR|WARN) {1,4}cufio[\w-]{0,10}:\d{1,5} |GPUDirect Storage not supported on current/,
    sees: [
      'cuFileDriverOpen failed: nvidia-fs driver is not loaded',
      ' cufio-drv:1155  nvidia-fs.ko driver not loaded',
      'CUfileOpError: CU_FILE_PLATFORM_NOT_SUPPORTED',
    ],
    ignores: ['CU_FILE_SUCCESS', 'nvidia-fs: Initializing nvfs driver module'],
  },
  {
    id: 'harmless.mps.log-notices',
    summary: "lines of the MPS daemon's log that stand in healthy logs too",
    role: 'clean',
    weighs: {},
    source: mps,
    literals: [
      'user did not send valid credentials',
      'push client to pending list',
      'receive command failed, assuming client exit',
    ],
    pattern:
      /User did not send valid credentials|Server is not ready, push client to pending list|Receive command failed, assuming client exit/,
    sees: [
      '[2026-02-06 09:34:36.380 Control   261] User did not send valid credentials',
      '[2026-02-06 09:34:36.380 Control   261] NEW CLIENT 0 from user 0: Server is not ready, push client to pending list',
    ],
    ignores: ['Server encountered a fatal exception. Shutting down'],
  },
  {
    id: 'nvidia.driver.install-asked',
    summary: 'a release of the driver is installed by hand',
    role: 'context',
    weighs: {},
    source: 'https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/',
    literals: ['install', 'nvidia-linux-'],
    pattern:
      /\b(?:apt(?:-get)?|dnf|yum|zypper|aptitude)\b[^\n]{0,60}\binstall\b[^\n]{0,80}\b(?:nvidia|cuda)-(?:drivers?|headless|dkms|open|utils)(?:-(?:open|server|dkms|no-dkms))?[-:=](?<branch>\d{3})|\bNVIDIA-Linux-(?:x86_64|aarch64)-(?<run>\d{3})\.\d/,
    sees: [
      'sudo apt install nvidia-driver-550-open',
      'dnf install -y nvidia-driver:560-open',
      'sh ./NVIDIA-Linux-x86_64-535.161.08.run --silent',
    ],
    ignores: ['apt install nvidia-container-toolkit', 'nvidia-driver-550 is already the newest version'],
  },
  {
    id: 'nvidia.gpus.told-found',
    summary: 'all GPUs were found',
    role: 'context',
    weighs: {},
    source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    literals: ['gpu', '(uuid: gpu-'],
    pattern:
      /^\s{0,8}GPU \d{1,2}: [^\n]{3,80}\(UUID: GPU-|\b(?:both|all|[2-9]|1\d)(?: of the| the)? GPUs? (?:are |were |get )?(?:found|detected|visible|listed|shown)\b/i,
    sees: [
      'GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5b7a)',
      'both GPUs found.',
      'all 8 GPUs are listed: 8 GPUs are listed',
    ],
    ignores: ['no GPUs found', 'GPU 0: NVIDIA H100 80GB HBM3'],
  },
]);

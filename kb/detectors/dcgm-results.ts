import { lineDetector } from './line-patterns.ts';

const errors = 'https://github.com/NVIDIA/DCGM/blob/master/dcgmlib/dcgm_errors.h';
const diag = 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/dcgm-diagnostics.html';
const health = 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html';

/** Rows of DCGM's tables (diagnostics, health) and those of its messages that the DCGM detector does not read. */
export const dcgmResults = lineDetector('dcgm-results', [
  {
    id: 'dcgm.diag.memory-failed',
    summary: "DCGM's diagnostic: a test of GPU memory failed",
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 2.8, 'foreign-gpu-process': 0.8, 'host-hardware-fault': 0.4 },
    source: diag,
    literals: ['memory', 'memtest'],
    pattern:
      /^\|[ -]{0,4}(?:GPU Memory|Memory|Memtest) {1,40}\| Fail\b(?:[^\n]{0,20}GPU(?:\(?s?\)?)?:? (?<gpu>\d{1,2})\b)?/i,
    sees: [
      '| GPU Memory                | Fail - GPU: 3                                  |',
      '| memtest                   | Fail                |',
    ],
    ignores: ['| GPU Memory                | Pass - All                                     |'],
  },
  {
    id: 'dcgm.diag.rows-failed',
    summary: "DCGM's diagnostic: retired pages or remapped rows are beyond what is allowed, or pend",
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 4.8 },
    source: diag,
    literals: ['page retirement', 'retired page', 'due to a dbe', 'due to dbes', 'together with a dbe'],
    pattern:
      /^\|[ -]{0,4}Page Retirement(?:\/Row Remap)? {1,40}\| Fail\b|pending retired page has been detected in GPU (?<gpu>\d{1,2})|\d{1,4} or more retired pages have been detected|An excess of \d{1,4} retired pages due to DBEs|Pending page retirements together with a DBE/,
    sees: [
      '| Page Retirement/Row Remap | Fail                                           |',
      'A pending retired page has been detected in GPU 3.',
      '64 or more retired pages have been detected in GPU 3.',
    ],
    ignores: ['| Page Retirement/Row Remap | Pass                                           |'],
  },
  {
    id: 'dcgm.diag.pcie-failed',
    summary: "DCGM's diagnostic: the test of PCIe and of copies between GPUs failed",
    role: 'cause',
    weighs: {
      'host-hardware-fault': 2.2,
      'nvlink-fabric-error': 1,
      'gpu-fell-off-bus': 0.6,
      'acs-iommu-p2p-broken': 0.5,
    },
    source: diag,
    literals: ['pcie', 'nvbandwidth', 'in a peer-to-peer test', 'exceeded maximum allowed latency'],
    pattern:
      /^\|[ -]{0,4}(?:PCIe|NVBandwidth) {1,40}\| Fail\b|GPU \d{1,2} was unsuccessfully written to by GPU \d{1,2} in a peer-to-peer test|GPU \d{1,2} unsuccessfully wrote data to GPU \d{1,2} in a peer-to-peer test|Latency type \S{1,40} of GPU \d{1,2} value [\d.]{1,12} exceeded maximum allowed latency/i,
    sees: [
      '| PCIe                      | Fail - GPU: 3                                  |',
      'GPU 3 was unsuccessfully written to by GPU 2 in a peer-to-peer test: mismatch',
      'Latency type bidirectional of GPU 3 value 22.1 exceeded maximum allowed latency of 10.0.',
    ],
    ignores: ['| PCIe                      | Pass - All                                     |'],
  },
  {
    id: 'dcgm.diag.stress-failed',
    summary: "DCGM's diagnostic: a GPU under load was too slow, too weak or wrong",
    role: 'cause',
    weighs: {
      'gpu-clock-throttle': 1.8,
      'host-hardware-fault': 1.4,
      'gpu-ecc-uncorrectable': 0.8,
      'gpu-driver-bug': 0.3,
    },
    source: diag,
    literals: ['diagnostic ', 'targeted', 'stress', 'bandwidth', 'pulse', 'eud'],
    pattern:
      /^\|[ -]{0,4}(?:Diagnostic|Targeted[ _]Stress|Targeted[ _]Power|SM[ _]Stress|Memory[ _]Bandwidth|Pulse[ _]Test|EUD(?:[ _]Test)?) {1,40}\| Fail\b/i,
    sees: [
      '| Targeted Stress           | Fail - GPU: 3                                  |',
      '| diagnostic                | Fail                                           |',
    ],
    ignores: [
      '| Diagnostic                | Pass - All                                     |',
      '| Diagnostic                | Skip - All  |',
    ],
  },
  {
    id: 'dcgm.diag.software-failed',
    summary: "DCGM's diagnostic: the driver, its libraries or the rights to use them are not in order",
    role: 'cause',
    weighs: { 'driver-version-mismatch': 2.8, 'container-toolkit-misconfig': 1.2, 'permission-misconfig': 0.5 },
    source: diag,
    literals: [
      'denylist',
      'blacklist',
      'nvml library',
      'cuda main library',
      'cuda toolkit lib',
      'cannot open library lib',
      'cannot get pointer to',
      'error calling nvml api',
    ],
    pattern:
      /^\|[ -]{0,4}(?:Denylist|Blacklist|NVML Library|CUDA Main Library|CUDA Toolkit Libraries) {1,40}\| Fail\b|Cannot open library lib(?:nvidia-ml|cuda)\S{0,20}|Cannot get pointer to \w{4,40} from libnvidia-ml|Error calling NVML API \w{4,40}: (?!GPU is lost|Success)\w/i,
    sees: [
      '| NVML Library              | Fail                                           |',
      'Error calling NVML API nvmlInit_v2: Driver Not Loaded',
      'Cannot get pointer to nvmlInit from libnvidia-ml.so',
    ],
    ignores: ['| Denylist                  | Pass                                           |'],
  },
  {
    id: 'dcgm.diag.permissions-failed',
    summary: "DCGM's diagnostic: device files of the GPUs cannot be opened",
    role: 'cause',
    weighs: { 'permission-misconfig': 2, 'cgroup-device-loss': 1.8, 'container-toolkit-misconfig': 1.2 },
    source: diag,
    literals: ['permissions and os'],
    pattern: /^\|[ -]{0,4}Permissions and OS(?:-related)? Blocks {1,40}\| Fail\b/i,
    sees: [
      '| Permissions and OS Blocks | Fail                                           |',
      '| Permissions and OS Blocks   | Fail                                         |',
    ],
    ignores: ['| Permissions and OS Blocks   | Pass                                         |'],
  },
  {
    id: 'dcgm.diag.fabric-failed',
    summary: "DCGM's diagnostic: the fabric manager is not in order",
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 4.6, 'nvlink-fabric-error': 1.2 },
    source: diag,
    literals: ['fabric manager'],
    pattern: /^\|[ -]{0,4}Fabric Manager {1,40}\| Fail\b/i,
    sees: [
      '| Fabric Manager            | Fail                                           |',
      '| fabric manager            | Fail |',
    ],
    ignores: ['| Fabric Manager            | Pass                                           |'],
  },
  {
    id: 'dcgm.gpus.in-use',
    summary: 'DCGM could not test a GPU because other processes hold its memory or contexts',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 2.6, 'gpu-driver-bug': 0.4, 'gpu-ecc-uncorrectable': 0.2 },
    source: errors,
    literals: [
      'graphics processes',
      'graphics contexts open',
      'of gpu memory on gpu',
      'failed to create a cuda context',
    ],
    pattern:
      /^\|[ -]{0,4}Graphics Processes {1,40}\| Fail\b|detected processes with graphics contexts open|Couldn't allocate at least [\d.]{1,6}% of GPU memory on GPU (?<gpu>\d{1,2})|GPU \d{1,2} failed to create a CUDA context: (?!uncorrectable)\w/i,
    sees: [
      "Couldn't allocate at least 75.0% of GPU memory on GPU 3",
      'GPU 3 failed to create a CUDA context: all CUDA-capable devices are busy',
      'NVVS has detected processes with graphics contexts open running on at least one GPU. This may cause some tests to fail.',
    ],
    ignores: ['| Graphics Processes        | Pass                                           |'],
  },
  {
    id: 'dcgm.clocks.limited',
    summary: 'DCGM: a GPU was held down by heat or power during a test',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 3.4, 'facility-fault': 0.6, 'host-hardware-fault': 0.5 },
    source: errors,
    literals: [
      'because of clocks event',
      'maximum allowed temperature',
      'enforced power limit on gpu',
      'thermal system',
      'power system',
    ],
    pattern:
      /Clocks event for GPU (?<gpu>\d{1,2}) because of clocks event|Temperature \d{2,3} of \S{1,20} \d{1,3} exceeded user-specified maximum allowed temperature|Enforced power limit on GPU \d{1,2} set to|(?:^|[|>])[ -]{0,8}(?:Thermal|Power) system {1,40}\| (?:Warning|Failure)\b/i,
    sees: [
      'Clocks event for GPU 3 because of clocks event starting 12.0 seconds into the test.',
      'Temperature 92 of GPU 3 exceeded user-specified maximum allowed temperature 87',
      '| -> Thermal system         | Warning - GPU 3                                 |',
    ],
    ignores: ['| -> Thermal system         | Healthy                                         |'],
  },
  {
    id: 'dcgm.health.subsystem-bad',
    summary: 'DCGM: the health of PCIe or of a part of a GPU is not good, without saying more',
    role: 'cause',
    weighs: {
      'host-hardware-fault': 1.6,
      'gpu-fell-off-bus': 0.6,
      'gpu-ecc-uncorrectable': 0.6,
      'gpu-driver-bug': 0.4,
    },
    source: health,
    literals: ['pcie system', 'inforom ', 'sm system', 'mcu system'],
    pattern:
      /(?:^|[|>])[ -]{0,8}(?:PCIe|InfoROM|SM|MCU) system {1,40}\| (?:Warning|Failure)\b|^\|[ -]{0,4}Inforom {1,40}\| Fail\b/i,
    sees: [
      '| -> PCIe system            | Warning - GPU 3                                 |',
      '| InfoROM system       | Failure',
    ],
    ignores: ['| PCIe system               | Healthy'],
  },
  {
    id: 'dcgm.health.nvlink-bad',
    summary: 'DCGM: the health of NVLinks or NVSwitches is not good',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4, 'fabricmanager-not-running': 0.8 },
    source: health,
    literals: ['nvlink system', 'nvswitch', 'nvlink port'],
    pattern:
      /(?:^|[|>])[ -]{0,8}(?:NVLink system|NVSwitch (?:system|fatal)) {1,40}\| (?:Warning|Failure)\b|NvSwitch physical ID \d{1,3}'s NvLink port \d{1,3} is currently down|NvSwitch \d{1,3} - Only \d{1,3} NvLinks are up/i,
    sees: [
      '| -> NVLink system          | Failure - GPU 3                                 |',
      "NvSwitch physical ID 2's NvLink port 33 is currently down.",
    ],
    ignores: ['| NVLink system             | Healthy'],
  },
  {
    id: 'dcgm.health.memory-bad',
    summary: 'DCGM: the health of GPU memory is not good',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 3.6 },
    source: health,
    literals: ['memory system', '_ecc_dbe_'],
    pattern:
      /(?:^|[|>])[ -]{0,8}Memory system {1,40}\| (?:Warning|Failure)\b|Detected [1-9]\d{0,9} \w{0,20}_ecc_dbe_\w{3,20} for GPU (?<gpu>\d{1,2})/i,
    sees: [
      '| -> Memory system          | Failure - GPU 3                                 |',
      'Detected 12 dcgm_fi_dev_ecc_dbe_vol_total for GPU 3',
    ],
    ignores: ['| Memory system             | Healthy', 'Detected 0 ecc_dbe_volatile_total for GPU 3'],
  },
  {
    id: 'dcgm.ecc.single-bit-many',
    summary: 'DCGM: a GPU corrects many single-bit errors',
    role: 'context',
    weighs: { 'gpu-ecc-uncorrectable': 1 },
    source: errors,
    literals: ['single-bit ecc error(s) detected'],
    pattern: /More than \d{1,6} single-bit ECC error\(s\) detected in GPU (?<gpu>\d{1,2})/,
    sees: [
      'More than 4 single-bit ECC error(s) detected in GPU 3 Volatile SBEs: 12',
      'Warning: More than 4 single-bit ECC error(s) detected in GPU 0',
    ],
    ignores: ['single-bit ECC errors: 0'],
  },
  {
    id: 'dcgm.cuda-device.unfound',
    summary: 'DCGM knows a GPU that CUDA does not find',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 1.6,
      'gpu-fell-off-bus': 1,
      'driver-version-mismatch': 1,
      'launcher-rank-misconfig': 0.5,
    },
    source: errors,
    literals: ['corresponding cuda device', 'no longer bound to a cuda context'],
    pattern:
      /Unable to find a corresponding CUDA device for GPU (?<gpu>\d{1,2})|Cuda GPU \d{1,2} is no longer bound to a CUDA context/,
    sees: [
      "Unable to find a corresponding CUDA device for GPU 3: 'no CUDA-capable device'",
      'Cuda GPU 3 is no longer bound to a CUDA context...Aborting',
    ],
    ignores: ['found a corresponding CUDA device'],
  },
  {
    id: 'dcgm.service.unreachable',
    summary: "DCGM's service or its exporter does not run or lacks rights: monitoring is blind, jobs are not touched",
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/dcgm-exporter',
    literals: [
      'host engine',
      'hostengine',
      'to the specified host',
      'dcgm server',
      'profiling metrics',
      'not collecting',
      'install data center gpu manager',
      'diag instance is already running',
      'profiling api panic',
      'nvidia-dcgm.service',
    ],
    pattern:
      /[Uu]nable to (?:connect to host engine|establish a connection to the specified host)|Failed to connect to remote hostengine|[Hh]ost engine connection invalid\/disconnected|Failed to start DCGM Server|sufficient privileges to expose profiling metrics|Not collecting (?:DCP|NvSwitch|NvLink|CPU\w{0,6}) metrics|Install Data Center GPU Manager|A diag instance is already running|Profiling API panic - DCP metrics disabled|nvidia-dcgm\.service: (?:Main process exited|Failed with result)/,
    sees: [
      'Error: unable to establish a connection to the specified host: localhost',
      'Err: Failed to start DCGM Server: -7',
      'Not collecting DCP metrics: This request is serviced by a module of DCGM that is not currently loaded',
    ],
    ignores: ['connected to host engine'],
  },
]);

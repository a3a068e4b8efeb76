import { lineDetector } from './line-patterns.ts';

const initSource = 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc';
const cudaWrap = 'https://github.com/NVIDIA/nccl/blob/master/src/misc/cudawrap.cc';

/** What NCCL answers to the program and to the driver below it: calls that it refuses, buffers, symbols, its own end. */
export const ncclCalls = lineDetector('nccl-calls', [
  {
    id: 'nccl.call.registration-differs',
    summary: 'ranks hand NCCL buffers for one collective that do not lie alike, as symmetric memory has to',
    role: 'cause',
    weighs: { 'collective-mismatch': 2.4, 'framework-bug': 2, 'user-code-error': 1.2 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/enqueue.cc',
    literals: [
      'symmetric registration check failed',
      'must have identical segment configurations',
      'symmetric registration requirements',
    ],
    pattern:
      /symmetric registration check failed on rank \d|all ranks must have identical segment configurations|does not satisfy symmetric registration requirements/,
    sees: [
      'node-03:1:2 [0] NCCL WARN Coll AllReduce size 1048576 symmetric registration check failed on rank 3: recv buffer user offset (0x200) mismatch with rank 0 (0x0)',
      'node-03:1:2 [0] NCCL WARN Elastic GIN: rank 3 has 2 segments but another rank has 3 segments; all ranks must have identical segment configurations',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO Symmetric registration is not supported in this communicator.'],
  },
  {
    id: 'nccl.call.config-refused',
    summary: 'the program gave NCCL a setting, peer, operation or group that it does not take',
    role: 'cause',
    weighs: {
      'user-code-error': 2.6,
      'framework-bug': 2.4,
      'launcher-rank-misconfig': 0.6,
      'nccl-version-mismatch': 0.4,
    },
    source: initSource,
    literals: [
      'nccl warn invalid config',
      'nccl warn invalig config',
      'mixing different streams within a group',
      'does not match type given to reduction',
      'ncclredopdestroy :',
      'is not within valid range of ranks',
      'communicators in graph mode while others not',
      'group creation failed: ',
      'ncclcommgrow: ',
      'too many async operations',
      'launch too many',
      'too many aggregated operations',
      'communicator does not support symmetric memory',
      'window address must be suitably aligned',
      'symmetric kernel available',
    ],
    pattern:
      /NCCL WARN (?:Invali[dg] config \S{1,40}|Error : mixing different streams within a group|Data type supplied to user-created \w{1,20} does not match type given to reduction|ncclRedOpDestroy :|peer \d{1,9} is not within valid range of ranks|Illegal to have some communicators in graph mode while others not|Group creation failed: \d|ncclCommGrow: (?:existing|new|total)|Too many (?:async operations in progress|aggregated operations)|Trying to launch too many|Communicator does not support symmetric memory|Window address must be suitably aligned|Error: no symmetric kernel available)/,
    sees: [
      'node-03:1:2 [0] init.cc:1500 NCCL WARN Invalid config cgaClusterSize attribute value 9',
      'node-03:1:2 [0] enqueue.cc:900 NCCL WARN Error : mixing different streams within a group call is not supported.',
      'node-03:1:2 [0] NCCL WARN ncclCommGrow: new ranks must pass valid rank >= 0, got -1',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN Invalid NCCL_COMM_BLOCKING value 3'],
  },
  {
    id: 'nccl.host-memory.refused',
    summary: 'the system gives NCCL no more host memory, for its own use or to map a shared segment',
    role: 'cause',
    weighs: { 'host-oom': 3, 'ulimit-too-low': 1.2, 'shm-too-small': 1 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/shmutils.cc',
    literals: ['cannot allocate memory', 'nccl warn failed to malloc'],
    pattern:
      /NCCL WARN (?:Failed to malloc \d|Call to (?:mmap|open|shm_open|posix_fallocate|ftruncate|socket|accept|recv|poll|setsockopt) failed ?: Cannot allocate memory|(?:Error: )?[Cc]ould not map [^\n]{1,160}Cannot allocate memory|Error while \w{6,12} shared memory segment [^\n]{1,160}Cannot allocate memory|[^\n]{0,20}Thread creation failed: Cannot allocate memory|\w{0,30}:? ?Socket creation failed : Cannot allocate memory)/,
    sees: [
      'node-03:1:2 [0] misc/shmutils.cc:100 NCCL WARN Error: Could not map /dev/shm/nccl-abc size 9637888, error: Cannot allocate memory (12)',
      'node-03:1:2 [0] include/alloc.h:60 NCCL WARN Failed to malloc 1048576 bytes',
      'node-03:1:2 [0] misc/shmutils.cc:79 NCCL WARN Error while creating shared memory segment /dev/shm/nccl-abc (size 9637888), error: Cannot allocate memory (12)',
    ],
    ignores: [
      'node-03:1:2 [0] NCCL WARN Call to ibv_reg_mr failed with error Cannot allocate memory',
      'node-03:1:2 [0] NCCL WARN Error while creating shared memory segment /dev/shm/nccl-abc (size 9637888), error: No space left on device (28)',
    ],
  },
  {
    // The driver lies elsewhere: the program has it loaded already, and NCCL goes on without what it wanted of it.
    id: 'nccl.driver.told-elsewhere',
    summary: 'NCCL_CUDA_PATH leads NCCL to a folder that does not hold the driver library',
    role: 'context',
    weighs: { 'nccl-env-misconfig': 0.8, 'driver-version-mismatch': 0.3 },
    source: cudaWrap,
    literals: ['failed to find cuda library in '],
    pattern: /Failed to find CUDA library in \/\S{1,200} \(NCCL_CUDA_PATH=\/\S{1,200}\)/,
    sees: [
      'node-03:1:2 [0] misc/cudawrap.cc:90 NCCL WARN Failed to find CUDA library in /usr/local/cuda (NCCL_CUDA_PATH=/usr/local/cuda)',
    ],
    ignores: [
      'node-03:1:2 [0] misc/cudawrap.cc:90 NCCL WARN Failed to find CUDA library in (null) (NCCL_CUDA_PATH=(null))',
    ],
  },
  {
    id: 'nccl.driver.symbols-missing',
    summary: 'NCCL or RCCL does not find the driver library, or the functions in it that it was built with',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.6, 'container-toolkit-misconfig': 1.8, 'nccl-version-mismatch': 1 },
    source: cudaWrap,
    literals: [
      'failed to find cuda library',
      'failed to find rocm runtime library',
      'some pfn functions not found',
      'missing symbol cu',
      'rocr missing symbol',
      'retrieve cu',
      'cudrivergetversion failed with',
      'rocr driver version found is',
      'insufficient driver to use cuda function',
      'failed to find cuda driver library',
    ],
    pattern:
      /Failed to find (?:CUDA library|ROCm runtime library|CUDA Driver library)|CUDA some PFN functions not found|Failed to load (?:CUDA missing symbol cu|ROCr missing symbol)|NCCL WARN Retrieve cu\w{3,60} (?:version \d{1,6} )?failed with|cuDriverGetVersion failed with \d|ROCr Driver version found is \d|Insufficient driver to use CUDA function/,
    sees: [
      "node-03:1:2 [0] misc/cudawrap.cc:190 NCCL WARN Failed to find CUDA library libcuda.so (NCCL_CUDA_PATH='') : libcuda.so: cannot open shared object file: No such file or directory",
      'node-03:1:2 [0] misc/cudawrap.cc:110 NCCL WARN Retrieve cuMemCreate version 10020 failed with 500',
      'node-03:1:2 [0] misc/rocmwrap.cc:80 NCCL WARN ROCr Driver version found is 1. Minimum requirement is 2',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO cudaDriverVersion 12040'],
  },
  {
    id: 'nccl.nvml.refused',
    summary: 'NVML answers NCCL with an error of the driver or of the rights to it',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 1.8,
      'driver-version-mismatch': 1.4,
      'cgroup-device-loss': 1.2,
      'gpu-fell-off-bus': 0.8,
      'permission-misconfig': 0.6,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/nvmlwrap.cc',
    literals: ["nvml failure '", ') failed: not found', ') failed: uninitialized', ') failed: insufficient power'],
    pattern:
      /NVML failure '(?:Unknown Error|Insufficient Permissions|No Permission|Not Found|Uninitialized)|NCCL WARN nvmlDevice\w{4,60}\([^)\n]{0,40}\) failed: (?:Not Found|Uninitialized|Insufficient Power)/i,
    sees: [
      "node-03:1:2 [0] misc/nvmlwrap.cc:200 NCCL WARN NVML failure 'Unknown Error'",
      'node-03:1:2 [0] misc/nvmlwrap.cc:200 NCCL WARN nvmlDeviceGetHandleByPciBusId() failed: Not Found',
    ],
    ignores: ["node-03:1:2 [0] NCCL WARN NVML failure 'Not Supported'"],
  },
  {
    id: 'nccl.rank.local-id-range',
    summary: 'what a rank told of itself, or its GPU, lies outside of the job that NCCL was told of',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4, 'user-code-error': 0.8, 'framework-bug': 0.5 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/bootstrap.cc',
    literals: ['localid ', 'duplicate virtualid', 'nlocals = '],
    pattern: /Bootstrap Root : localId \d{1,9} is out of range|Duplicate virtualId detected|NCCL WARN nLocals = \d/,
    sees: [
      'node-03:1:2 [0] bootstrap.cc:130 NCCL WARN Bootstrap Root : localId 9 is out of range',
      'node-03:1:2 [0] init.cc:900 NCCL WARN Duplicate virtualId detected : rank 3 and rank 5 both on GPU device 7f00 virtualId 0',
    ],
    ignores: ['Bootstrap Root : localId 3 of 8'],
  },
  {
    id: 'nccl.comm.ended',
    summary: 'a communicator was given up: its threads report the end, not the reason',
    role: 'symptom',
    weighs: {},
    source: initSource,
    literals: [
      'commreclaim: ',
      'commdestroysync: ',
      'ncclcommsetasyncerror: ',
      'communicator encountered a fatal error',
      'is in abort state',
      'ncclasyncjobcomplete: job',
      'hoststreamplancallback() failed',
      'error encountered progressing operation=',
      'saw abortflag',
      'could not receive type from localrank',
      "couldn't find opid=",
      '[proxy service] poll failed',
      '[proxy service uds] poll failed',
      'ncclproxystop: ',
    ],
    pattern:
      /NCCL WARN (?:commReclaim: |commDestroySync: |ncclProxyStop: |ncclCommSetAsyncError: |communicator encountered a fatal error|Comm \S{1,24} is in abort state|ncclAsyncJobComplete: job|hostStreamPlanCallback\(\) failed|\[Service thread\] (?:Error encountered progressing operation=|Could not receive type from localRank)|ncclProxyCallAsync\(\) - Saw abortFlag|Couldn't find opId=|\[Proxy Service(?: UDS)?\] Poll failed)/,
    sees: [
      'node-03:1:2 [0] proxy.cc:1600 NCCL WARN [Service thread] Error encountered progressing operation=Connect, res=3, closing connection',
      'node-03:1:2 [0] init.cc:2100 NCCL WARN commReclaim: comm 0x7f3a (rank = 3) in abort, error 6',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO comm 0x7f3a rank 3 nranks 8 cudaDev 3 busId 1a000 - Abort COMPLETE'],
  },
]);

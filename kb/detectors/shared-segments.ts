import { lineDetector } from './line-patterns.ts';

const manager = 'https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/MapAllocator.cpp';

/** Shared memory of the host that is too small; that of a GPU's multiprocessors is another thing. */
export const sharedSegments = lineDetector('shared-segments', [
  {
    id: 'shm.segment.write-failed',
    summary: 'a tensor could not be written to shared memory',
    role: 'cause',
    weighs: { 'shm-too-small': 5, 'disk-full': 0.6 },
    source: manager,
    literals: [
      'unable to write to file </torch_',
      'unable to resize file </torch_',
      'unable to allocate shared memory(shm) for file',
    ],
    pattern: /unable to (?:write to|resize) file <\/torch_|unable to allocate shared memory\(shm\) for file/,
    sees: ['RuntimeError: unable to write to file </torch_1394_2747491098>'],
    ignores: ['unable to write to file /data/out.txt'],
  },
  {
    id: 'shm.segment.no-space',
    summary: 'there is no space left for a segment of shared memory',
    role: 'cause',
    weighs: { 'shm-too-small': 6, 'disk-full': 0.6 },
    source: 'https://github.com/triton-inference-server/server/issues/6195',
    literals: ['no space left on device'],
    pattern:
      /^(?![^\n]{0,600}(?:semget|shmget|sysctl|inotify))[^\n]{0,600}?(?:\b[Ss]hared[- ][Mm]emory (?:key|region|segment|object|file|block|pool|buffer)s?\b|\bshm[_ ](?:region|segment|key|object|block)|--shm-size|\/dev\/shm\b)[^\n]{0,600}?\b[Nn]o space left on device/,
    sees: [
      "UNAVAILABLE: Internal: Unable to initialize shared memory key 'triton_python_backend_shm_region_3' to requested size (67108864 bytes). If you are running Triton inside docker, use '--shm-size' flag to control the shared memory region size. Error: No space left on device",
      'ERROR:  could not resize shared memory segment "/PostgreSQL.1234" to 533794976 bytes: No space left on device',
    ],
    ignores: [
      'OSError: [Errno 28] No space left on device',
      'shmget: shared memory segment of 64 MB: No space left on device',
    ],
  },
  {
    id: 'shm.segment.open-failed',
    summary: 'a segment of shared memory could not be opened: no room, no descriptors, or its owner is gone',
    role: 'cause',
    weighs: { 'shm-too-small': 2.4, 'ulimit-too-low': 2.2, 'host-oom': 0.6 },
    source: manager,
    literals: ['unable to open shared memory object'],
    pattern:
      /unable to open shared memory object <\/torch_[^>\n]{1,60}> in read-(?:write|only) mode(?![^\n]{0,20}(?:Too many open files|No space left))/,
    sees: ['RuntimeError: unable to open shared memory object </torch_29919_1396182366> in read-write mode'],
    ignores: [
      'RuntimeError: unable to open shared memory object </torch_1_2> in read-write mode: Too many open files (24)',
    ],
  },
  {
    id: 'shm.segment.refused',
    summary: 'a segment of shared memory could not be made or is too small',
    role: 'cause',
    weighs: { 'shm-too-small': 4.6, 'disk-full': 0.4, 'ulimit-too-low': 0.6 },
    source: 'https://man7.org/linux/man-pages/man3/shm_open.3.html',
    literals: ['shared memory', 'shared-memory', 'shm_open', '/dev/shm', 'shmem'],
    pattern:
      /^(?![^\n]{0,600}(?:OutOfResources|out of resource: |[Hh]ardware limit|per (?:block|SM|multiprocessor)|kernel launch|CUDA error|semget|shmget|sysctl|requested and available|\bsmem\b))[^\n]{0,600}?(?:shm_open[^\n]{0,60}(?:[Nn]o space left|[Ff]ailed|ENOSPC)|\b(?:unable|failed|cannot|could not|can't)\b[^\n]{0,12} (?:allocate|create|map|mmap|extend|resize|grow|reserve)[^\n]{0,40}\b(?:shared[- ]memory|shmem|\/dev\/shm)\b|(?:shared[- ]memory|\/dev\/shm)[^\n]{0,40}\b(?:is not enough|is too small|not large enough|too little|is full|exhausted|allocation failed)|\b(?:insufficient|not enough|too little|out of|no space (?:left )?(?:in|on|for)) (?:space (?:in|for|on|left on) )?(?:shared[- ]memory|\/dev\/shm)\b|\[Errno 28\][^\n]{0,60}\/dev\/shm)/i,
    sees: [
      'OSError: shm_open failed: No space left on device',
      'Fatal error in MPI_Init: unable to allocate shared memory',
      'SystemError: Fatal: the shared memory is not enough for the data loader',
      "OSError: [Errno 28] No space left on device: '/dev/shm/psm_1234'",
    ],
    ignores: [
      'triton.runtime.errors.OutOfResources: out of resource: shared memory, Required: 147456, Hardware limit: 101376.',
      'created shared memory segment of 64 MB',
    ],
  },
  {
    id: 'shm.size.default',
    summary: 'df shows /dev/shm with the small size that container engines give, or full',
    role: 'cause',
    weighs: { 'shm-too-small': 3.6 },
    source: 'https://docs.docker.com/engine/containers/run/',
    literals: [' /dev/shm', '\t/dev/shm'],
    pattern: /^\s*(?:shm|tmpfs)\s{1,40}(?:(?:64M|65536|67108864)\s[^\n]{0,60}|[^\n]{1,60}\s100%\s{1,8})\/dev\/shm\s*$/,
    sees: ['shm                64M   12K   64M   1% /dev/shm', 'tmpfs           8.0G  8.0G     0 100% /dev/shm'],
    ignores: ['tmpfs           504G  1.2M  504G   1% /dev/shm'],
  },
]);

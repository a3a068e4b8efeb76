import { lineDetector } from './line-patterns.ts';

/** Files that lie in memory: stores of objects and semaphores in /dev/shm, as the programs that make them tell it. */
export const memoryFiles = lineDetector('memory-files', [
  {
    id: 'shm.store.larger-than-shm',
    summary: 'a store of objects does not fit into /dev/shm',
    role: 'cause',
    weighs: { 'shm-too-small': 5, 'host-oom': 0.4 },
    source: 'https://github.com/ray-project/ray/blob/master/src/ray/object_manager/plasma/store_runner.cc',
    literals: ['/dev/shm'],
    pattern:
      /memory request exceeds memory available in \/dev\/shm|instead of \/dev\/shm because \/dev\/shm has only|\/dev\/shm\b[^\n]{0,40}\b(?:has only|only has)\b[^\n]{0,30}\b(?:available|free|left)\b/,
    sees: [
      'System memory request exceeds memory available in /dev/shm. The request is for 10200547328 bytes, and the amount available is 9663676416 bytes.',
      'WARNING: The object store is using /tmp instead of /dev/shm because /dev/shm has only 67108864 bytes available. This will harm performance!',
    ],
    ignores: ['/dev/shm has 504 GB'],
  },
  {
    id: 'shm.semaphore.refused',
    summary: 'a semaphore could not be made in /dev/shm: it is full, or may not be written',
    role: 'cause',
    weighs: { 'shm-too-small': 4.6, 'disk-full': -3, 'permission-misconfig': 0.8 },
    source: 'https://man7.org/linux/man-pages/man7/sem_overview.7.html',
    literals: ['_multiprocessing.semlock(', 'joblib will operate in serial mode'],
    pattern:
      /^\s{1,12}(?:[\w.]{1,24} = ){0,3}_multiprocessing\.SemLock\(|\[Errno 28\][^\n]{0,60}joblib will operate in serial mode/,
    sees: [
      '    self._semlock = _multiprocessing.SemLock(',
      '    sl = self._semlock = _multiprocessing.SemLock(',
      'UserWarning: [Errno 28] No space left on device.  joblib will operate in serial mode',
    ],
    ignores: ['    self._semlock = _multiprocessing.SemLock._rebuild(*state)'],
  },
  {
    id: 'shm.size.engine-default',
    summary: 'a container says at its start that it has the small /dev/shm that engines give',
    role: 'symptom',
    weighs: { 'shm-too-small': 1.2 },
    source: 'https://docs.nvidia.com/deeplearning/frameworks/user-guide/index.html',
    literals: ['shmem allocation limit is set to the default'],
    pattern: /SHMEM allocation limit is set to the default/,
    sees: ['NOTE: The SHMEM allocation limit is set to the default of 64MB.  This may be insufficient for PyTorch.'],
    ignores: ['SHMEM allocation limit is 64 GB'],
  },
]);

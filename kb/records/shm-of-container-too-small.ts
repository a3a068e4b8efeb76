import type { KnowledgeRecord } from '../schemas/record.ts';

export const shmOfContainerTooSmall: KnowledgeRecord = {
  problemkey: 'dataloader-bus-error-shm',
  rawtext:
    'Loader workers died with `Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).` and the main process with `DataLoader worker (pid 123) is killed by signal: Bus error`. The job ran in a container with the default /dev/shm. Raising it (--shm-size) cured it.',
  function:
    'df /dev/shm inside the container while the loader runs: full, or 64 MiB in size, if the cause is present.',
  result: 'The container\'s /dev/shm was too small for the loader\'s batches.',
  category: 'shm-too-small',
  remedy: 'Start the container with a larger /dev/shm (--shm-size or --ipc=host).',
  signals: ['Unexpected bus error encountered in worker', 'insufficient shared memory (shm)', 'killed by signal: Bus error', 'disk.space.shm-full'],
  not_this_if: ['/dev/shm has gigabytes free while workers die'],
  source: 'https://github.com/nianticlabs/simplerecon/issues/3',
  probes: ['disk.space'],
};

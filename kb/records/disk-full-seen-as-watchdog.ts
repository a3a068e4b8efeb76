import type { KnowledgeRecord } from '../schemas/record.ts';

export const diskFullSeenAsWatchdog: KnowledgeRecord = {
  problemkey: 'watchdog-timeout-disk-full',
  rawtext:
    'Training failed in the middle with an NCCL watchdog time-out and nothing else on most ranks. The disk had too little room for what one rank wrote, that rank stopped, and the others waited for it. The watchdog line does not tell this from any other reason for which a rank stays away.',
  function:
    'df on the paths that the job writes: no blocks or inodes left if the cause is present; the stopped rank\'s own log has `No space left on device` or `Disk quota exceeded` earlier than the first watchdog line.',
  result: 'The disk was full, so one rank stopped and the others timed out.',
  category: 'disk-full',
  remedy: 'Free space or move the output, then start again from the last whole checkpoint.',
  signals: ['Watchdog caught collective operation timeout', 'No space left on device', 'Disk quota exceeded', 'disk.space.full'],
  not_this_if: ['blocks, inodes and quota are free on all nodes'],
  source: 'https://github.com/instructlab/training/issues/525',
  probes: ['disk.space', 'disk.inodes'],
};

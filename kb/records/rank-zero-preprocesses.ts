import type { KnowledgeRecord } from '../schemas/record.ts';

export const rankZeroPreprocesses: KnowledgeRecord = {
  problemkey: 'barrier-timeout-rank0-preprocessing',
  rawtext:
    'Start-up ended after 30 minutes with `Timeout waiting for key: default_pg/0/0` while retrieving ncclUniqueId. One process prepared a large data set, the others waited for it in a barrier, and the default time-out is 30 minutes. With the data prepared beforehand, or streamed, the job started.',
  function:
    'Stack of each rank (py-spy dump) before the time-out: one rank in tokenising or mapping code and all others in barrier or store.get if the cause is present.',
  result: 'One rank worked on the data longer than the time-out on which the others waited.',
  category: 'long-rank0-work-timeout',
  remedy: 'Prepare the data before the job, or give the first barrier a time-out that fits.',
  signals: ['Timeout waiting for key: default_pg', 'ncclUniqueId', 'torch.barrier', '1800000 milliseconds', 'Running tokenizer on dataset'],
  not_this_if: ['all ranks were inside the training loop when the time-out came'],
  source: 'https://github.com/NVIDIA/nccl/issues/708',
  probes: [],
};

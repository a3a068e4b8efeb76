import type { KnowledgeRecord } from '../schemas/record.ts';

export const emptyTailBatch: KnowledgeRecord = {
  problemkey: 'rank-indexerror-empty-tail-batch',
  rawtext:
    'At the end of an epoch a higher data-parallel rank raised IndexError while collating an empty batch, after rank 0 had already entered the step with its own partial one. The sampler cut a fixed window for each rank from a remainder that did not reach all of them (drop_last=False). Refusing such remainders on every rank cured it.',
  function:
    'Count batches a rank for one epoch: they differ, or one is empty, if the cause is present; with drop_last=True the failure stays away.',
  result: 'With drop_last=False the last batch was empty on some ranks.',
  category: 'uneven-data',
  remedy: 'Use drop_last=True or a data set size that all ranks share evenly.',
  signals: ['IndexError', 'drop_last=False', 'empty batch', 'collate'],
  not_this_if: ['the failure comes in the middle of an epoch', 'all ranks see the same number of batches'],
  source: 'https://github.com/NVIDIA-NeMo/Megatron-Bridge/pull/5527',
  probes: [],
};

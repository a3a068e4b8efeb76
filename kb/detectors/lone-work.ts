import { lineDetector } from './line-patterns.ts';

/** Work that one rank does for all, while the others wait: what it is, and how long it took. */
export const loneWork = lineDetector('lone-work', [
  {
    id: 'rank0.work.took',
    summary: 'a piece of work that is no step took minutes',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/gpt_dataset.py',
    literals: [' took', 'time to ', ' finished in ', ' done in ', ' completed in '],
    pattern:
      /^(?![^\n]{0,300}\b(?:step|iteration|epoch|forward|backward|training)\b)[^\n]{0,300}?(?: took:? | (?:finished|done|completed) in |ela[ps]{2}ed time to [^\n]{1,80}\(seconds\): )(?<took>\d{1,6}(?:\.\d{1,9})?) ?(?<unit>s\b|sec|min|hours?|h\b|$)/i,
    sees: [
      'saving checkpoint took 1912.3 seconds on rank 0',
      ' > elasped time to build and save doc-idx mapping (seconds): 2201.391000',
      'Tokenization finished in 45.2 min',
    ],
    ignores: ['step 12 took 1.3 seconds', 'took the first of them'],
  },
  {
    id: 'rank0.work.others-gave-up',
    summary: 'ranks gave up waiting for the first, which was still at work',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 4.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroup.hpp',
    literals: ['while rank 0 ', 'while rank zero ', 'while the main process ', 'while the first rank '],
    pattern:
      /\b(?:tim(?:ed?|ing) ?out|gave up|expired)\b[^\n]{0,80}\bwhile (?:rank (?:0|zero)|the main process|the first rank) (?:(?:is|was) (?:still )?\w{3,16}ing|\w{3,16}s)\b/i,
    sees: [
      'torch.distributed.DistStoreError: Socket Timeout at dist.barrier() while rank 0 was converting the checkpoint',
      '[rank1]: torch.distributed.barrier timed out while rank 0 saves the checkpoint',
    ],
    ignores: ['barrier passed while rank 0 saves the checkpoint', 'timed out while rank 0 called all_reduce'],
  },
  {
    id: 'rank0.work.by-first-rank',
    summary: 'one rank prepares something that all others wait for',
    role: 'context',
    weighs: {},
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/gpt_dataset.py',
    literals: [
      'rank 0',
      'rank zero',
      'first rank',
      'rank0: ',
      'main process',
      'ranks are waiting',
      'ranks wait',
      'processes are waiting',
      'processes wait',
      'building the indices',
    ],
    pattern:
      /\b(?:building|preparing|tokeniz?s?ing|downloading|preprocessing|processing|caching|indexing|packing|converting|copying|extracting|generating|loading|scanning|merging|consolidating|uploading|evaluating|saving)\b[^\n]{0,80}\b(?:only )?(?:on|by|in) (?:the )?(?:rank (?:0|zero)|main process|first rank)\b|\brank ?0: (?:building|preparing|tokeniz?s?ing|downloading|preprocessing|processing|caching|indexing|packing|converting|copying|extracting|generating|scanning|merging|consolidating|uploading|evaluating)\b|\b(?:other|all|remaining) (?:ranks|processes) (?:are waiting|wait)\b/i,
    sees: [
      '> WARNING: could not find index map files, building the indices on rank 0 ...',
      'rank 0: building dataset cache, other ranks are waiting at the barrier',
      'Downloading the model on main process only',
    ],
    ignores: ['saved on rank 0', 'rank 0: loss 2.31', 'loading on rank 3'],
  },
]);

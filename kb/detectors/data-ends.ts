import { lineDetector } from './line-patterns.ts';

/** Ranks whose data come to an end before those of others, as libraries and programs say it. */
export const dataEnds = lineDetector('data-ends', [
  {
    // Printed where the wait for the others failed: one that died or is slow ends it in the same words.
    id: 'data.shares.joined-early',
    summary: 'a rank ran out of batches, or another did, and the program suspects an uneven share of the data',
    role: 'cause',
    weighs: { 'uneven-data': 3, 'long-rank0-work-timeout': 0.6 },
    source: 'https://github.com/wenet-e2e/wenet/blob/main/wenet/utils/train_utils.py',
    literals: ['uneven workload distribution', 'manually join all workers'],
    pattern: /Detected uneven workload distribution|manually join all workers/,
    sees: [
      '2024-07-21 00:11:29,529 INFO Detected uneven workload distribution: [Rank 3] Application timeout caused pair closure',
      'Break current worker to manually join all workers, world_size 4, current rank 3, current local_rank 3',
    ],
    ignores: ['the workload is distributed evenly'],
  },
  {
    id: 'data.rank.ran-out',
    summary: 'the data of a rank came to their end while others went on',
    role: 'cause',
    weighs: { 'uneven-data': 4.4, 'user-code-error': 0.5 },
    source: 'https://pytorch.org/docs/stable/distributed.algorithms.join.html',
    literals: [
      'out of data',
      'out of batches',
      'out of samples',
      'stopiteration',
      'out of inputs',
      'batches',
      'exhausted',
      'number of samples',
      'number of steps',
      'is empty',
      'after ',
      'with ',
    ],
    pattern:
      /\b(?:ranks?|process(?:es)?|replicas?|workers?)\b[^\n]{0,30}\b(?:ran|runs|run) out of (?:data|batches|samples|inputs)\b[^\n]{0,40}\b(?:before|earlier|while|others?)\b|\bStopIteration on (?:rank|process|replica) ?\d{1,6}\b|\b(?:rank|process|replica) ?\d{1,6}\b[^\n]{0,24}\bhas \d{1,9} batches\b[^\n]{0,20}\b(?:others?|the rest)\b|\bdata ?(?:loader|set|iterator)\b[^\n]{0,30}\bexhausted (?:on|for|at|by) (?:rank|process|replica) ?\d|at least one rank that exhausted inputs|\bexpected all ranks to have the same number of (?:batches|samples|steps)|\b(?:rank|process|replica) ?\d{1,6}\b:?[^\n]{0,24}\b(?:data ?loader|data ?set|shard) is empty\b|\bdata ?loader on rank \d{1,6} is exhausted\b|\brank ?\d{1,6} (?:finished|ended|stopped)\b[^\n]{0,24}\b(?:with|after) \d{1,9} (?:batches|samples|steps)\b[^\n]{0,12}\brank ?\d{1,6}\b/i,
    sees: [
      'RuntimeError: One or more ranks ran out of data before the others',
      'StopIteration on rank 2 while other ranks continue',
      'rank 3: DataLoader has 119 batches, others have 120',
      'the dataloader was exhausted on rank 5',
      'ValueError: Expected all ranks to have the same number of batches, got [10, 10, 9, 10]',
      'WARNING: rank 3 finished its epoch with 99 batches, rank 0 with 100',
      'AssertionError: Rank 2: dataloader is empty',
      'Dataloader on rank 1 is exhausted after 120 steps, others at 121',
      'RuntimeError: Detected at least one rank that exhausted inputs. Throwing across all ranks.',
    ],
    ignores: ['rank 3 has 120 batches', 'ran out of data'],
  },
  {
    id: 'data.shards.too-few',
    summary: 'there are fewer shards, row groups, files or samples than those among which they are shared out',
    role: 'cause',
    weighs: { 'uneven-data': 4.2, 'user-code-error': 1.4, 'launcher-rank-misconfig': 0.6 },
    source: 'https://webdataset.github.io/webdataset/multinode/',
    literals: [
      'shards',
      'row groups',
      'row-groups',
      'row_groups',
      'batch-size must be equal or more',
      'batch size must be equal or more',
      'files',
    ],
    pattern:
      /\b(?:not enough|too few|insufficient) (?:data )?(?:shards|row[- _]groups|files)\b[^\n]{0,40}\b(?:nodes|workers|ranks|processes|GPUs|splits?|replicas|hosts|shard_count)\b|\bnumber of (?:shards|row[- _]groups|files)\b[^\n]{0,16}\bmust be (?:at least|greater than|>=?)[^\n]{0,24}\b(?:ranks|nodes|workers|processes|GPUs|world[- _]size|replicas|shards)\b|batch[- ]size must be equal or more than (?:the )?world_?size|\b(?:has|have|only) (?:only )?\d{1,6} (?:shards|row[- _]groups|files)\b[^\n]{0,30}\b(?:fewer|less) than\b[^\n]{0,30}\b(?:nodes|workers|ranks|processes|GPUs|world[- _]size|shards)\b/i,
    sees: [
      'ValueError: not enough shards to split among 8 nodes',
      'Too few shards: 4 shards for 8 workers',
      'ValueError: number of shards (3) must be at least the number of ranks (8)',
      'NoDataAvailableError: Number of row-groups in the dataset must be greater or equal to the number of requested shards; number of row-groups must be >= shards',
      'RuntimeError: The batch-size must be equal or more than world_size: 4 < 8',
    ],
    ignores: ['number of shards: 128', 'not enough shards on disk', 'wrote 5 files for 8 ranks'],
  },
  {
    // Without ranks in it this is a note on the sampler's own arithmetic; with several ranks it makes the shares differ.
    id: 'data.length.declared-wrong',
    summary: 'a data set of unknown end gave more or fewer samples than it says it has',
    role: 'cause',
    weighs: { 'uneven-data': 2.2, 'user-code-error': 1.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/utils/data/dataloader.py',
    literals: ['samples have been fetched', 'could be inaccurate if each worker is not configured'],
    pattern:
      /Length of IterableDataset \S{1,200}[^\n]{0,100} was reported to be [^\n]{0,80}samples have been fetched|could be inaccurate if each worker is not configured independently/,
    sees: [
      'UserWarning: Length of IterableDataset <Dataset object> was reported to be 100 (when accessing len(dataloader)), but 101 samples have been fetched. ',
    ],
    ignores: ['100 samples have been fetched'],
  },
]);

import { lineDetector } from './line-patterns.ts';

const sampler = 'https://github.com/pytorch/pytorch/blob/main/torch/utils/data/distributed.py';
const join = 'https://pytorch.org/docs/stable/distributed.algorithms.join.html';

const share = String.raw`\b(?:(?:mini-?|micro-?)?batch(?:es)?|samples?|examples?|shards?|records?|utterances|data ?loaders?|data ?sets?|iterators?)\b`;
const sharers = String.raw`\b(?:ranks?|replicas?|process(?:es)?|world[_ ]?size|num_replicas|GPUs|data[- ]parallel (?:size|ranks?|group)|hosts)\b`;
const few = String.raw`\b(?:fewer|less|smaller|too (?:small|few)|not enough|insufficient|only \d{1,9})\b`;

/** How samples, batches and shards are shared out among ranks. */
export const dataShares = lineDetector('data-shares', [
  {
    id: 'data.shares.sampler-ran-short',
    summary: 'a sampler cannot give every rank a share: there are fewer samples, batches or shards than ranks',
    role: 'cause',
    weighs: { 'uneven-data': 4.6, 'user-code-error': 1 },
    source: sampler,
    literals: ['> num_shards', 'the number of input samples: ', 'across ranks is zero'],
    pattern:
      /\bworld_size \d{1,6} > num_shards\b|[Tt]he number of input samples: \d{1,12}, needs to be at least equal to the requested number of shards|Total length of `\w{1,40}` across ranks is zero/,
    sees: [
      'world_size 4 > num_shards 1',
      'The number of input samples: 3, needs to be at least equal to the requested number of shards: 8.',
      'Total length of `CombinedLoader` across ranks is zero. Please make sure this was your intention.',
    ],
    ignores: ['num_workers 8 > num_shards 4'],
  },
  {
    // torch before 1.8 could not repeat a data set of less than half the size of the world; samplers of others still cannot.
    id: 'data.shares.sampler-assertion',
    summary: 'a sampler cannot fill its share: fewer samples than ranks, or a sampler that does not repeat them',
    role: 'cause',
    weighs: { 'uneven-data': 3.7, 'framework-bug': 2.6, 'user-code-error': 0.6 },
    source: 'https://github.com/pytorch/pytorch/issues/45324',
    literals: ['len(indices) == self.'],
    pattern: /assert len\(indices\) == self\.(?:total_size|num_samples)/,
    sees: ['    assert len(indices) == self.total_size'],
    ignores: ['    assert len(indices) == 4'],
  },
  {
    // One process gathers what its GPUs made of their parts of a batch: an incomplete last batch gives one of them less,
    // as do sequences padded for each GPU by itself, and outputs in which the batch is not the first dimension.
    id: 'torch.gather.sizes-differ',
    summary: 'the outputs of several GPUs differ in size and cannot be gathered: one had less data than the others',
    role: 'cause',
    weighs: { 'uneven-data': 2.8, 'user-code-error': 2, 'framework-bug': 1.4, 'collective-mismatch': 0.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/cuda/comm.cpp',
    literals: ['gather got an input of invalid size'],
    pattern: /[Gg]ather got an input of invalid size: got /,
    sees: [
      'RuntimeError: Gather got an input of invalid size: got [2, 3, 12, 128, 64], but expected [2, 4, 12, 128, 64]',
      'ValueError: gather got an input of invalid size: got 3x128, but expected 4x128',
    ],
    ignores: ['gather got an input of 12 tensors'],
  },
  {
    id: 'data.share.length-negative',
    summary: 'the length of a sampler is negative: its share begins behind the end of the data',
    role: 'cause',
    weighs: { 'uneven-data': 3.1, 'user-code-error': 2.5 },
    source: 'https://github.com/ultralytics/ultralytics/blob/main/ultralytics/data/build.py',
    literals: ['__len__() should return >= 0'],
    pattern: /__len__\(\) should return >= 0/,
    sees: ['ValueError: __len__() should return >= 0'],
    ignores: ['    def __len__(self):'],
  },
  {
    id: 'data.lengths.differ-between-ranks',
    summary: 'ranks have data of different lengths',
    role: 'cause',
    weighs: { 'uneven-data': 5, 'collective-mismatch': 0.9, 'user-code-error': 0.4 },
    source: join,
    literals: [
      'batch',
      'sample',
      'shards',
      'data loader',
      'dataloader',
      'iterations',
      'steps per epoch',
      'dataset',
      'data set',
    ],
    pattern:
      /(?:\bnumber of|\blengths?|\blen\b|\bsizes?|\bcounts?|\bhas|\bhave)\b[^\n]{0,40}\b(?:batch(?:es)?|samples|shards|data ?(?:loaders?|sets?)|iterations|steps per epoch)\b[^\n]{0,40}\b(?:differs?|differing|not (?:the )?(?:same|equal)|unequal|uneven|inconsistent|mismatch(?:ed)?)\b[^\n]{0,40}\b(?:ranks?|processes|replicas|GPUs|hosts|workers)\b|\b(?:batch(?:es)?|samples|shards|data ?(?:loaders?|sets?))\b[^\n]{0,30}\b(?:different|differing|unequal|uneven) (?:lengths?|sizes?|numbers?)\b[^\n]{0,40}\b(?:ranks?|processes|replicas|GPUs|hosts)\b|\b(?:different|unequal|uneven|inconsistent) (?:numbers?|lengths?|amounts?|counts?) of (?:batches|samples|shards|data ?loaders?|iterations)\b[^\n]{0,40}\b(?:ranks?|processes|replicas|GPUs|hosts|workers)\b/i,
    sees: [
      'RuntimeError: Number of batches differs across ranks: [120, 120, 119, 120]',
      'WARNING: the dataloader has different lengths across ranks',
      'ValueError: unequal number of samples on the ranks',
    ],
    ignores: ['number of batches: 120', 'the tensor shapes differ across ranks', 'samples differ between epochs'],
  },
  {
    id: 'data.shares.too-few',
    summary: 'there are fewer samples, batches or shards than ranks that want one',
    role: 'cause',
    weighs: { 'uneven-data': 4, 'user-code-error': 1.6, 'launcher-rank-misconfig': 0.6 },
    source: sampler,
    literals: ['fewer', 'less', 'smaller', 'too small', 'too few', 'not enough', 'insufficient', 'only '],
    pattern: new RegExp(
      String.raw`^(?![^\n]{0,400}(?:(?:GPU|host|system|shared) memory|the loading rank))[^\n]{0,400}?(?:${few}[^\n]{0,40}${share}[^\n]{0,60}${sharers}|${share}[^\n]{0,60}${few}[^\n]{0,40}${sharers})`,
      'i',
    ),
    sees: [
      'AssertionError: number of shards (10) is smaller than world size (16)',
      'ValueError: dataset of 3 samples is too small for 8 replicas',
      'ValueError: Cannot split the dataset: only 3 samples for 8 ranks',
    ],
    ignores: ['only rank 0 writes samples', 'dataset with 1000000 samples on 8 ranks', 'smaller batch: 3 s per step'],
  },
  {
    id: 'data.shares.indivisible',
    summary: 'samples, batches or shards do not divide evenly among the ranks',
    role: 'cause',
    weighs: { 'uneven-data': 3.4, 'user-code-error': 2.2, 'launcher-rank-misconfig': 1 },
    source: sampler,
    literals: ['divisible by'],
    pattern:
      /\b(?:samples|shards|records|files|data ?set (?:size|length)|length of the data ?set|num_shards|num_samples)\b[^\n]{0,60}divisible by[^\n]{0,40}\b(?:ranks?|replicas|processes|world[_ ]?size|GPUs|hosts)\b/i,
    sees: ['The number of shards must be divisible by the world size: num_shards=10, world_size=8'],
    ignores: ['ValueError: hidden size must be divisible by the number of heads'],
  },
  {
    id: 'data.share.empty',
    summary: 'a rank was given no data',
    role: 'cause',
    weighs: { 'uneven-data': 4, 'user-code-error': 1.6 },
    source: join,
    literals: ['rank', 'process', 'replica', 'host', 'no usable samples'],
    pattern:
      /\b(?:rank|process|replica|host) ?#?\d{1,6}\b[^\n]{0,30}\b(?:has|had|got|gets|received|holds|with|is left with)\b[^\n]{0,12}\b(?:no|zero|0|an empty)[ -](?:\w{1,12} )?(?:batch(?:es)?|samples?|data|shards?|split|share)\b|\b(?:no|zero|0|an empty) (?:batch(?:es)?|samples?|data|shards?) (?:for|on|at) (?:rank|process|replica) ?#?\d|[Dd]ata ?set produced no usable samples/,
    sees: [
      'RuntimeError: rank 3 has no samples in this epoch',
      'ValueError: no data for rank 7',
      'ValueError: Dataset produced no usable samples',
    ],
    ignores: ['rank 3 has 120 samples', 'no data was lost'],
  },
  {
    // scatter() cuts a batch into pieces of one size: where that gives fewer pieces than GPUs, the last replicas get the
    // keyword arguments alone. A mistake in the program shows itself in replica 0, whose error torch reports first.
    id: 'data.replica.without-input',
    summary: 'a replica of DataParallel was called without an input: the batch held too few samples for all GPUs',
    role: 'cause',
    weighs: { 'uneven-data': 4.6, 'user-code-error': 1.4, 'framework-bug': 0.6 },
    source: 'https://github.com/pytorch/pytorch/issues/15161',
    literals: ['caught typeerror in replica '],
    pattern: /Caught TypeError in replica [1-9]\d{0,2} on device [1-9]\d{0,2}\b/,
    sees: ['TypeError: Caught TypeError in replica 3 on device 3.'],
    ignores: [
      'TypeError: Caught TypeError in replica 0 on device 0.',
      'RuntimeError: Caught RuntimeError in replica 1 on device 1.',
    ],
  },
  {
    id: 'data.batch.single-sample',
    summary: 'a normalisation layer met a batch of one sample: the last batch of a data set, or of a rank',
    role: 'cause',
    weighs: { 'user-code-error': 3, 'uneven-data': 2.2 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/nn/functional.py',
    literals: ['expected more than 1 value per channel when training', 'expected more than 1 spatial element'],
    pattern: /Expected more than 1 (?:value per channel|spatial element) when training/,
    sees: ['ValueError: Expected more than 1 value per channel when training, got input size torch.Size([1, 512])'],
    ignores: ['Expected 1 value'],
  },
]);

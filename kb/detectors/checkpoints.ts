import { lineDetector } from './line-patterns.ts';

const serialization = 'https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/inline_container.cc';

/** Checkpoints that cannot be read, or do not hold what the program expects. */
export const checkpoints = lineDetector('checkpoints', [
  {
    id: 'checkpoint.file.damaged',
    summary: 'a checkpoint file is truncated or damaged',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 6.4, 'disk-full': 0.3, 'shared-fs-problem': 0.4 },
    source: serialization,
    literals: [
      'central directory',
      'archive is corrupted',
      'invalid load key',
      'pickle data was truncated',
      'unexpected eof',
      'the file might be corrupted',
      'file might be corrupted',
      'error while deserializing header',
      'safetensorerror',
      'badzipfile',
      'file is not a zip file',
      'pytorchstreamreader failed',
      'incompletebuffer',
      'incomplete metadata',
      'unpicklingerror',
      'crc-32',
      'checksum',
      'corrupt',
    ],
    pattern:
      /failed finding central directory|archive is corrupted|PytorchStreamReader failed (?:reading|locating)|UnpicklingError|invalid load key|pickle data was truncated|unexpected EOF, expected \d+ more bytes|file might be corrupted|Error while deserializing header|MetadataIncompleteBuffer|InvalidHeaderDeserialization|BadZipFile|[Ff]ile is not a zip file|Bad CRC-32|(?:checkpoint|ckpt|shard|weights?|model file|state)[^\n]{0,80}(?:is corrupt|corrupted|checksum mismatch|truncated|incomplete)|(?:corrupt(?:ed)?|truncated|incomplete) (?:checkpoint|ckpt|shard|weights?)/,
    sees: [
      'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory',
      '_pickle.UnpicklingError: pickle data was truncated',
      'RuntimeError: unexpected EOF, expected 31488 more bytes. The file might be corrupted.',
      'safetensors_rust.SafetensorError: Error while deserializing header: MetadataIncompleteBuffer',
    ],
    ignores: ['checkpoint saved to /data/run/ckpt', 'checksum ok'],
  },
  {
    id: 'checkpoint.file.empty',
    summary: 'a pickled file ended before it began',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 3.6, 'shared-fs-problem': 1.2, 'user-code-error': 1.2, 'disk-full': 0.5 },
    source: 'https://docs.python.org/3/library/pickle.html',
    literals: ['ran out of input'],
    pattern: /EOFError: Ran out of input/,
    sees: ['EOFError: Ran out of input'],
    ignores: ['ran out of input samples'],
  },
  {
    id: 'checkpoint.file.missing-part',
    summary: 'a part of a checkpoint is not there',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.4, 'user-code-error': 1.6, 'shared-fs-problem': 1 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/engine.py',
    literals: [
      'unable to find latest file',
      'could not find the metadata file',
      'checkpointexception',
      'missing shard',
      '.metadata',
      'checkpoint',
      'zero checkpoint',
    ],
    pattern:
      /Unable to find latest file at|could not find the metadata file|CheckpointException|missing (?:shard|checkpoint (?:file|shard))|(?:FileNotFoundError|No such file or directory)[^\n]{0,200}(?:\.metadata|\.distcp|_optim_states\.pt|mp_rank_\d+|model_optim_rng\.pt)|(?:checkpoint|ckpt)[^\n]{0,60}(?:not all (?:files|ranks|shards)|incomplete)/,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/ckpt/iter_0001000/.metadata'",
      'WARNING: could not find the metadata file /data/run/ckpt/latest_checkpointed_iteration.txt',
    ],
    ignores: ['loading checkpoint from /data/run/ckpt'],
  },
  {
    id: 'checkpoint.state.mismatch',
    summary: 'a checkpoint does not fit the model or optimizer that loads it',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 3, 'user-code-error': 2.8, 'framework-bug': 1.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/module.py',
    literals: [
      'loading state_dict',
      'size mismatch for',
      'missing key(s) in state_dict',
      'unexpected key(s) in state_dict',
      "doesn't match the size of optimizer",
      'parameter group',
      'checkpoint',
      'missing keys',
      'unexpected keys',
    ],
    pattern:
      /Error\(s\) in loading state_dict|size mismatch for [\w.]{1,160}|(?:Missing|Unexpected) key\(s\) in state_dict|parameter group that doesn't match the size|loaded state dict (?:has a different number|contains a parameter group)|checkpoint[^\n]{0,60}(?:was saved with|does not match|mismatch)[^\n]{0,60}(?:tensor|pipeline|world|parallel|size|shape)/,
    sees: [
      'RuntimeError: Error(s) in loading state_dict for GPTModel:',
      '	size mismatch for embed.weight: copying a param with shape torch.Size([50304, 1024]) from checkpoint, the shape in current model is torch.Size([50257, 1024]).',
    ],
    ignores: ['<All keys matched successfully>'],
  },
]);

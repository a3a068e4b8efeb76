import { lineDetector } from './line-patterns.ts';

// The first rank of a node of four or eight GPUs that is not the first.
const firstOfNode = String.raw`(?:4|8|12|16|20|24|28|32|40|48|56|64|72|80|88|96|128|256)`;

/** Files that exist on the node that wrote them and not on the others: a directory that was taken for a shared one. */
export const nodeParts = lineDetector('node-parts', [
  {
    id: 'checkpoint.parts.of-other-nodes-missing',
    summary:
      'the parts of a checkpoint that the ranks of other nodes wrote are not there: each node wrote to its own disk',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.4, 'checkpoint-corruption': 1.6, 'user-code-error': 0.8 },
    source: 'https://github.com/deepspeedai/DeepSpeed/issues/2319',
    literals: ['zero checkpoints paths are missing', 'checkpointexception ranks:'],
    pattern: new RegExp(
      String.raw`zero checkpoints paths are missing: \['[^'\n]{0,300}zero_pp_rank_${firstOfNode}_mp_rank_|CheckpointException ranks:\s?dict_keys\(\[${firstOfNode}, \d`,
    ),
    sees: [
      "The following zero checkpoints paths are missing: ['/data/run/step_5/zero_pp_rank_8_mp_rank_00_optim_states.pt', '/data/run/step_5/zero_pp_rank_9_mp_rank_00_optim_states.pt']",
      'torch.distributed.checkpoint.api.CheckpointException: CheckpointException ranks:dict_keys([8, 9, 10, 11, 12, 13, 14, 15])',
    ],
    ignores: [
      "The following zero checkpoints paths are missing: ['/data/run/step_5/zero_pp_rank_3_mp_rank_00_optim_states.pt']",
      'torch.distributed.checkpoint.api.CheckpointException: CheckpointException ranks:dict_keys([0, 1])',
    ],
  },
  {
    id: 'fs.directory.not-shared',
    summary: 'a program looked for what another node had written, and did not find it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.4, 'user-code-error': 0.6, 'long-rank0-work-timeout': 0.4 },
    source: 'https://github.com/modelscope/ms-swift/blob/main/swift/utils/torch_utils.py',
    literals: [
      'check_shared_disk',
      'shared file system',
      'shared filesystem',
      'shared storage',
      'shared directory',
      'shared disk',
      'shared volume',
      'visible ',
      'accessible ',
      'available ',
    ],
    pattern:
      /No such file or directory[^\n]{0,120}check_shared_disk|\b(?:is|are|was|were)(?: not|n't) (?:on )?(?:a |the )?shared (?:file ?system|storage|directory|disk|volume)\b|\b(?:not|n't) (?:visible|accessible|available) (?:to|on|from|by) (?:all|every|the other) (?:nodes?|hosts?|ranks?|workers?)\b|\b(?:must|should|needs? to) be (?:on |in )?(?:a |the )?shared (?:file ?system|storage|directory|disk|volume)\b[^\n]{0,60}\b(?:nodes?|ranks?|hosts?)\b/i,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/packing_share/check_shared_disk.tmp'",
      'RuntimeError: the checkpoint directory is not on a shared file system',
      'ValueError: /scratch/cache is not visible to all nodes',
    ],
    ignores: ['writing to the shared file system', 'the directory is visible to all nodes'],
  },
  {
    // The one who makes such an index is rank 0; where the others cannot see it, or read before it is whole.
    id: 'fs.index.not-there',
    summary: 'an index that one rank makes for all is not there for the others',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.6, 'user-code-error': 2.4, 'long-rank0-work-timeout': 0.6 },
    source:
      'https://github.com/NVIDIA/NeMo/blob/main/nemo/collections/nlp/data/language_modeling/text_memmap_dataset.py',
    literals: ['memory map for', 'one or both of the .idx and .bin files'],
    pattern: /Memory Map for \S{1,240} is not found|One or both of the \.idx and \.bin files cannot be found/,
    sees: [
      'ValueError: Memory Map for /data/train.jsonl is not found, missing one or more of files: /data/train.jsonl.idx.{.npy,.info}',
    ],
    ignores: ['Memory Map for /data/train.jsonl is built'],
  },
  {
    // A rename whose source is gone: another rank moved it first, or it lies on another node's disk.
    id: 'fs.rename.source-gone',
    summary: 'a file that was to be renamed is gone: another rank moved it, or it is on the disk of another node',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.4, 'user-code-error': 1.8, 'framework-bug': 1.4 },
    source: 'https://docs.python.org/3/library/os.html#os.rename',
    literals: ["' -> '"],
    pattern:
      /No such file or directory: '[^'\n]{0,200}(?:te?mp|ckpt|checkpoint|cache|incomplete|lock|\.part)[^'\n]{0,120}' -> '[^'\n]{1,240}'/i,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: 'output/tmp.pth.tar' -> 'output/last.pth.tar'",
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/tmp-checkpoint-500' -> '/data/run/checkpoint-500'",
    ],
    ignores: ["FileNotFoundError: [Errno 2] No such file or directory: 'train.txt'"],
  },
  {
    id: 'gpfs.quorum.lost',
    summary: 'a node of a cluster file system waits for the majority of its servers',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8 },
    source: 'https://www.ibm.com/docs/en/storage-scale/5.2.0?topic=messages-6027-xxx',
    literals: ['quorum'],
    pattern:
      /\b(?:mmfsd?|GPFS|[Ss]torage [Ss]cale)\b[^\n]{0,60}\b(?:waiting for quorum|[Qq]uorum (?:loss|lost|not (?:met|achieved)))\b|\b[Qq]uorum loss\b/,
    sees: ['mmfs: [E] GPFS: mmfsd waiting for quorum', 'GPFS: 6027-1712 [N] Quorum loss. Probable unmount'],
    ignores: ['etcd quorum reached'],
  },
]);

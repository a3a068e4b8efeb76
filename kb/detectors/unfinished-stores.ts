import { lineDetector } from './line-patterns.ts';

/** Checkpoints that were never brought to their end, or whose sums do not fit. */
export const unfinishedStores = lineDetector('unfinished-stores', [
  {
    id: 'checkpoint.not-finalized',
    summary: 'a checkpoint was not brought to its end before the job ended',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.6, 'user-code-error': 0.6, 'shared-fs-problem': 0.6 },
    source: 'https://github.com/google/orbax/blob/main/checkpoint/orbax/checkpoint/_src/path/step.py',
    literals: ['checkpoint', 'ckpt', 'commit_success'],
    pattern:
      /\b(?:checkpoint|ckpt)\b[^\n]{0,160}\b(?:is|was|were|has been) (?:not|never) (?:been )?(?:finali[sz]ed|committed|completed|fully written|completely written)\b|\b(?:checkpoint|ckpt)\b[^\n]{0,120}\bis (?:incomplete|truncated|corrupt(?:ed)?|partially written)\b|missing [`'"]?commit_success/i,
    sees: [
      'ValueError: Unable to open checkpoint: orbax checkpoint /ckpt/100.orbax-checkpoint-tmp-1690 is not finalized',
      'WARNING: checkpoint /data/run/ckpt/step-1200 is incomplete and will be skipped',
    ],
    ignores: ['the checkpoint is finalized', 'checkpoint 12 is complete'],
  },
  {
    id: 'checkpoint.sum.differs',
    summary: 'a file of a checkpoint is not what its sum says',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.6, 'shared-fs-problem': 0.8 },
    source: 'https://www.gnu.org/software/coreutils/manual/html_node/md5sum-invocation.html',
    literals: ['md5', 'sha256', 'checksum', 'crc32', 'crc '],
    pattern:
      /\b(?:md5(?:sum)?|sha256(?:sum)?|checksum|crc(?:32c?)?)\b[^\n]{0,24}\b(?:mismatch|differs?|failed|does not match|do not match)\b[^\n]{0,120}(?:ckpt|checkpoint|\.safetensors|\.pt\b|\.distcp|mp_rank_|iter_\d)|(?:ckpt|checkpoint|\.safetensors|\.pt\b|\.distcp|mp_rank_|iter_\d)[^\n]{0,120}\b(?:md5(?:sum)?|sha256(?:sum)?|checksum|crc(?:32c?)?)\b[^\n]{0,24}\b(?:mismatch|differs?|failed|does not match|do not match)\b/i,
    sees: ['md5 mismatch of /ckpt/iter_100/mp_rank_00', 'model-00002-of-00005.safetensors: checksum does not match'],
    ignores: ['checksum of /ckpt/iter_100 verified', 'NCCL checksum mismatch'],
  },
]);

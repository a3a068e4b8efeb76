import { lineDetector } from './line-patterns.ts';

/** Sizes that one rank had from another and that no memory has: they were read from the message of another call. */
export const receivedSizes = lineDetector('received-sizes', [
  {
    // Objects travel as their size and then their bytes; a size of nineteen digits is bytes of something else.
    id: 'collective.size.garbage',
    summary: 'a rank was to make a tensor of a size that no rank would send: it received what another call had sent',
    role: 'cause',
    weighs: {
      'collective-mismatch': 3.6,
      'framework-bug': 2.2,
      'user-code-error': 0.8,
      'launcher-rank-misconfig': 0.6,
      'nccl-bug': 0.3,
    },
    source: 'https://github.com/Lightning-AI/pytorch-lightning/issues/5646',
    literals: ['negative dimension -', 'more than 1eb memory'],
    pattern: /Trying to create tensor with negative dimension -\d{11,20}\b|Tried to allocate more than 1EB memory/,
    sees: [
      'RuntimeError: Trying to create tensor with negative dimension -5193452289200645882: [-5193452289200645882]',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate more than 1EB memory.',
    ],
    ignores: [
      'RuntimeError: Trying to create tensor with negative dimension -627: [256, 1024, -627]',
      'RuntimeError: Trying to create tensor with negative dimension -1853689905: [-1853689905]',
    ],
  },
  {
    // The names that tempfile gives: a process that asks for one has its own, unless one asks for all.
    id: 'checkpoint.folder.random-name',
    summary: 'a run resumes from a temporary folder with a random name: another process has another, or none',
    role: 'symptom',
    weighs: { 'collective-mismatch': 0.8, 'shared-fs-problem': 0.6, 'user-code-error': 0.3 },
    source: 'https://docs.python.org/3/library/tempfile.html#tempfile.mkdtemp',
    literals: ['/tmp'],
    pattern:
      /\b(?:[Rr]esum(?:e|ing)|[Ll]oading)\b[^\n]{0,60}\bfrom \/\S{0,120}\/tmp[a-z0-9_]{8}\/\S{0,60}(?:checkpoint|ckpt|global_step)/,
    sees: ['Attempting to resume from /scratch/tmpa1b2c3d4/checkpoint-400'],
    ignores: [
      'Attempting to resume from /scratch/run/checkpoint-400',
      'Saving model checkpoint to /tmp/tmpa1b2c3d4/checkpoint-1',
    ],
  },
]);

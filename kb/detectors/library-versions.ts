import { lineDetector } from './line-patterns.ts';

/** Which release of a library a program runs with, where it says so when it starts: by itself no news, but attempts are compared by it. */
export const libraryVersions = lineDetector('library-versions', [
  {
    id: 'job.start.library',
    summary: 'a program says with which release of a library it runs',
    role: 'context',
    weighs: {},
    source: 'https://github.com/huggingface/datasets/blob/main/src/datasets/config.py',
    literals: ['torch version', 'deepspeed version', ' info: version='],
    pattern:
      /\b(?<library>(?:Py)?[Tt]orch|DeepSpeed)(?: info: version=| version[ .:=]{1,40})(?<version>\d{1,4}\.\d{1,4}(?:\.\d{1,6})?(?:[+-][\w.]{1,30})?)/,
    sees: [
      'INFO:datasets:PyTorch version 2.3.0 available.',
      'torch version .................... 2.1.0+cu121',
      '[2026-11-21 03:12:59,123] [INFO] [logging.py:96:log_dist] [Rank 0] DeepSpeed info: version=0.14.2, git-hash=unknown, git-branch=unknown',
    ],
    ignores: ['requires torch version >= 2.1', 'PyTorch version unknown'],
  },
]);

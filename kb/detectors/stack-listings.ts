import { lineDetector } from './line-patterns.ts';

/** Stacks of running processes as py-spy, pystack and faulthandler list them: they are taken of what does not go on. */
export const stackListings = lineDetector('stack-listings', [
  {
    id: 'stack.waits-in.input',
    summary: 'a listing of stacks shows a process that waits for the next batch of its input pipeline',
    role: 'cause',
    // Whoever looks at a healthy job may catch it there as well, but not for long.
    weighs: { 'dataloader-stall': 2.4, 'shared-fs-problem': 0.6, 'host-oom': 0.2 },
    source: 'https://github.com/pytorch/pytorch/issues/75147',
    literals: ['_try_get_data', '_next_internal', 'share_outputs'],
    pattern:
      /^\s{1,12}(?:_try_get_data \((?:[^()\n]{1,200}\/)?torch\/utils\/data\/dataloader\.py:\d{1,6}\)|_next_internal \((?:[^()\n]{1,200}\/)?tensorflow\/python\/data\/ops\/iterator_ops\.py:\d{1,6}\)|share_outputs \((?:[^()\n]{1,200}\/)?nvidia\/dali\/pipeline\.py:\d{1,6}\))|^\s{0,12}File "[^"\n]{1,300}torch\/utils\/data\/dataloader\.py", line \d{1,6} in _try_get_data\s{0,4}$|^\s{1,12}\(Python\) File "[^"\n]{1,300}torch\/utils\/data\/dataloader\.py", line \d{1,6}, in _try_get_data\b|^#\d{1,4} Frame 0x[0-9a-f]{4,16}, for file [^\s,]{1,300}torch\/utils\/data\/dataloader\.py, line \d{1,6}, in _try_get_data /,
    sees: [
      '    _try_get_data (torch/utils/data/dataloader.py:1011)',
      '  File "/venv/lib/python3.11/site-packages/torch/utils/data/dataloader.py", line 1131 in _try_get_data',
      '    (Python) File "/venv/lib/python3.11/site-packages/torch/utils/data/dataloader.py", line 1131, in _try_get_data',
      '    _next_internal (tensorflow/python/data/ops/iterator_ops.py:773)',
    ],
    ignores: [
      '  File "/venv/lib/python3.11/site-packages/torch/utils/data/dataloader.py", line 1131, in _try_get_data',
      '    _pin_memory_loop (torch/utils/data/_utils/pin_memory.py:31)',
      '    _worker_loop (torch/utils/data/_utils/worker.py:275)',
    ],
  },
]);

import { lineDetector } from './line-patterns.ts';

/** Tracebacks that end where ranks wait for the one that prepares data. */
export const mainProcessFirst = lineDetector('main-process-first', [
  {
    // Progress bars end in a carriage return, so the watchdog's line goes on where the bar stands.
    id: 'rank0.work.outlasted-watchdog',
    summary: 'one rank was still preparing data when the watchdog of another gave up',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 4.8 },
    source: 'https://github.com/huggingface/datasets/blob/main/src/datasets/arrow_dataset.py',
    literals: ['[e processgroup', 'watchdog caught', 'processgroupnccl.cpp'],
    pattern:
      /(?:Running tokenizer|Generating \w{1,20} split|\bMap(?: \(num_proc|:)|Tokenizing|Filter(?: \(|:)|Grouping texts|Converting format|Saving the dataset|Preprocess\w{0,5})[^\n]{0,300}\[(?:\d{1,3}:)?\d{1,2}:\d\d[^\n]{0,120}(?:\[E ProcessGroup|Watchdog caught|ProcessGroupNCCL\.cpp)/,
    sees: [
      'Generating train split: 2230000 examples [29:59, 1466.92 examples/s][E ProcessGroupNCCL.cpp:475] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=2, OpType=ALLREDUCE, Timeout(ms)=1800000) ran for 1800449 milliseconds before timing out.',
    ],
    ignores: ['Generating train split: 2230000 examples [29:59, 1466.92 examples/s]'],
  },
  {
    id: 'rank0.work.awaited',
    summary: 'a traceback stands where the other ranks wait until the first has prepared the data',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 3.4, 'user-code-error': 0.2 },
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/training_args.py',
    literals: [
      'main_process_first',
      '_goes_first',
      'waiting for rank 0',
      'rank_zero_first',
      'torch_distributed_zero_first',
    ],
    pattern:
      /^\s{1,12}with [\w.()]{0,60}(?:main_process_first|rank_zero_first|torch_distributed_zero_first)\(|line \d{1,6}, in (?:(?:local_)?main_process_first|_goes_first|torch_distributed_zero_first|rank_zero_first)\b|[Ww]aiting for rank 0 to (?:finish|complete)[^\n]{0,80}\(\d{3,6} ?s/,
    sees: [
      '    with training_args.main_process_first(desc="dataset map pre-processing"):',
      '  File "/venv/lib/python3.10/site-packages/accelerate/state.py", line 402, in _goes_first',
    ],
    ignores: ['main_process_first: True', 'def main_process_first(self):'],
  },
]);

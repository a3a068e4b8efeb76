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
    // Another process gives up half an hour (newer releases: ten minutes) after it began to wait; one that fails in its
    // own work ends the line of its bar first.
    id: 'rank0.work.outlasted-default',
    summary:
      'a process ends with an exception when another has prepared data for as long as collectives wait by default',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 3.8, 'user-code-error': 0.4 },
    source: 'https://github.com/huggingface/transformers/issues/17106',
    literals: ['traceback (most recent call last)'],
    pattern:
      /(?:Running tokenizer|Generating \w{1,20} split|\bMap(?: \(num_proc|:)|Tokenizing|Filter(?: \(|:)|Grouping texts|Converting format|Saving the dataset|Pre-?process\w{0,5}|Preparing|Packing)[^\n]{0,300}\[(?:(?:30|31|32|33|10):\d\d|29:5\d|09:5\d|0?1:0[0-2]:\d\d)(?:<|, )[^\]\n]{1,60}\](?:\[rank\d{1,5}\]: ?)?Traceback \(most recent call last\)/,
    sees: [
      'Running tokenizer on dataset:  38%|███▊      | 32068/85249 [32:13<53:59, 16.42ba/s]Traceback (most recent call last):',
      'Map (num_proc=8):  47%|████▋     | 3169000/6811963 [30:11<38:27, 1578.58 examples/s][rank1]: Traceback (most recent call last):',
    ],
    ignores: [
      'Running tokenizer on dataset:  38%|███▊      | 32068/85249 [02:13<53:59, 16.42ba/s]Traceback (most recent call last):',
      'Running tokenizer on dataset:  38%|███▊      | 32066/85249 [32:12<53:25, 16.59ba/s]',
    ],
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

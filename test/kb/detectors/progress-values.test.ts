import { expect, it } from 'vitest';
import { progress } from '../../../kb/detectors/progress.ts';
import { readProgress } from '../../../kb/detectors/progress-values.ts';

// Formats of the tools' own sources, numbers made up.
it.each([
  [
    ' iteration     1203/  250000 | consumed samples:  19248 | elapsed time per iteration (ms): 4247.9 | global batch size:  1024 | lm loss: 2.345678E+00 |',
    { step: 1203, steps: 250_000, stepMs: 4247.9, batch: 1024 },
  ],
  ['iter 83592: loss 1.5455, time: 4401.19ms, speed: - toks/s/device', { step: 83_592, stepMs: 4401.19 }],
  ['iter 100: loss 2.3012, time 123.45ms, mfu 12.10%', { step: 100, stepMs: 123.45 }],
  [
    '[2023-04-28 06:59:46,878] [INFO] [logging.py:96:log_dist] [Rank 0] step=510, skipped=8, lr=[9.2e-06], mom=[(0.9, 0.95)]',
    { step: 510 },
  ],
  [
    '[timer.py:197:stop] epoch=0/micro_step=6/global_step=3, RunningAvgSamplesPerSec=12.3, CurrSamplesPerSec=12.0, MemAllocated=1GB',
    { step: 3, perSecond: 12 },
  ],
  ['  5%|▌         | 50/1000 [01:02<19:41,  1.24s/it]', { step: 50, steps: 1000, elapsedS: 62 }],
  ['Epoch 0:  12%|█▏        | 12/100 [1:00:10<01:10,  1.25it/s, v_num=0]', { step: 12, steps: 100, elapsedS: 3610 }],
  [
    '[titan] 2025-01-01 10:00:00,123 - root - INFO - step: 10  loss:  7.2000  memory: 30.1GiB(38%)  tps: 1,234  tflops: 12.3',
    { step: 10, perSecond: 1234 },
  ],
  [
    'completed step: 5, seconds: 2.345, TFLOP/s/device: 123.0, Tokens/s/device: 1234.5, loss: 9.1',
    { step: 5, stepMs: 2345, perSecond: 1234.5 },
  ],
  [
    'Training epoch 0, iteration 10/999 | lr: 0.0003 | global_batch_size: 512 | global_step: 10 | train_step_timing in s: 8.34',
    { step: 10, steps: 999, stepMs: 8340, batch: 512 },
  ],
  [
    'Train: 0 [  50/312 ( 16%)]  Loss: 6.95 (6.94)  Time: 0.345s,  742.03/s  (0.365s,  701.4/s)',
    { step: 50, steps: 312, stepMs: 345 },
  ],
  [
    'Epoch(train) [1][  50/1000]  lr: 2.0e-02  time: 0.3412  data_time: 0.0212  loss: 1.2',
    { step: 50, steps: 1000, stepMs: 341.2 },
  ],
  [
    'iteration: 10 / 1000 | consumed_tokens: 10.5M | elapsed_time_per_iteration_ms: 1.2K | tokens_per_sec: 123K',
    { step: 10, steps: 1000, stepMs: 1200, perSecond: 123_000 },
  ],
  ['tflops=100.1 step=10 loss=11.2 tgs (tokens/gpu/second)=1234.5 lr=1e-5', { step: 10, perSecond: 1234.5 }],
])('reads %s', (line, values) => {
  expect(readProgress(line)).toEqual(values);
});

it.each([
  'Validation DataLoader 0:  12%|█▏        | 12/100 [00:10<01:10,  1.25it/s]',
  'Map (num_proc=8):  12%|█▏        | 12/100 [00:10<01:10,  1.25it/s]',
  ' validation loss at iteration 1000 | lm loss value: 2.310000E+00 |',
  'comm op: all_reduce | time (ms): 1.23 | msg size: 1.0 GB | algo throughput: 41797155891.1448 bps',
  "{'loss': 9.3495, 'grad_norm': 214.68, 'learning_rate': 5.1e-06, 'epoch': 0.0}",
  'no progress at all',
])('reads no speed of the job from %s', (line) => {
  expect(readProgress(line)).toEqual({});
});

it('adds what it reads to what the detector says', () => {
  expect(progress.match({ text: 'iter 100: loss 2.3012, time 123.45ms, mfu 12.10%' })).toEqual({
    kind: 'job.progress.step',
    values: { loss: 2.3012, step: 100, stepMs: 123.45 },
  });
});

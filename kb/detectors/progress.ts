import { lineDetector } from './line-patterns.ts';
import { withProgressValues } from './progress-values.ts';

const lines = lineDetector('progress', [
  {
    id: 'job.progress.finished',
    summary: 'a run says that it ended well',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/trainer.py',
    literals: [
      'training completed',
      'train_runtime',
      'after training is done',
      'training finished',
      'training complete',
      'finished training',
      'max_epochs=',
      'max_steps=',
      'run_stop',
      'out of bounds values',
      'training done',
      'training is done',
      'training is finished',
      'training is complete',
      '`trainer.fit`',
    ],
    pattern:
      /"key": "run_stop"[^\n]{0,300}"status": "success"|# Out of bounds values : 0 OK|\b[Tt]raining (?:is )?(?:completed?|finished|done)\b|'?train_runtime'?\s{0,12}[:=]|after training is done|[Ff]inished [Tt]raining|`Trainer\.fit` stopped: `max_(?:epochs|steps)/,
    sees: [
      "{'train_runtime': 8123.4, 'train_samples_per_second': 12.3, 'epoch': 3.0}",
      'Training completed. Do not forget to share your model on huggingface.co/models =)',
      ':::MLLOG {"namespace": "", "time_ms": 1621374713000, "event_type": "INTERVAL_END", "key": "run_stop", "value": null, "metadata": {"file": "train.py", "lineno": 1, "status": "success"}}',
      '# Out of bounds values : 0 OK',
    ],
    ignores: ['training completely failed', '"key": "run_stop", "value": null, "metadata": {"status": "aborted"}'],
  },
  {
    id: 'job.progress.step',
    summary: 'a training step was done with a finite loss',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/training.py',
    literals: ['loss'],
    pattern:
      /(?:\b(?:iteration|iter|step|global[_ ]step|batch|update|epoch)s?\b[^\n]{0,160})?\bloss["']?\s?[:=|]?\s{0,4}["']?(?<loss>\d{1,6}(?:\.\d{1,12})?(?:[eE][-+]?\d{1,3})?)\b/i,
    sees: [
      ' iteration     1203/  250000 | consumed samples:  19248 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.345678E+00 | loss scale: 1.0 |',
      'iter 83592: loss 1.5455, time: 4401.19ms, speed: - toks/s/device',
      "{'loss': 9.3495, 'grad_norm': 214.68, 'learning_rate': 5.1e-06, 'epoch': 0.0}",
    ],
    ignores: ['loss scale: 65536.0', 'loss: nan'],
  },
  {
    id: 'job.progress.throughput',
    summary: 'steps go on: their count or their speed was told',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/engine.py',
    literals: [
      'skipped=',
      'samplespersec',
      'throughput',
      '"key": "epoch_stop"',
      '"key": "eval_accuracy"',
      'samples/sec',
      'busbw',
      'elapsed time per iteration (ms)',
      'elapsed_time_per_iteration_ms',
      'train_step_timing in s',
    ],
    pattern:
      /\bstep=[1-9]\d*, skipped=\d+\b|\b(?:RunningAvg|Curr)?SamplesPerSec=[\d.]*[1-9]|\b(?:throughput|busbw)\b["']?\s?[:=]\s{0,8}[\d.]*[1-9]|"key": "(?:epoch_stop|eval_accuracy)"|\b[\d.]*[1-9][\d.]* samples\/sec\b|elapsed time per iteration \(ms\): {0,4}[1-9]|elapsed_time_per_iteration_ms: {0,4}[\d.]|train_step_timing in s["']?\s?[:=] {0,4}[\d.]/i,
    sees: [
      '[2023-04-28 06:59:46,878] [INFO] [logging.py:96:log_dist] [Rank 0] step=510, skipped=8, lr=[9.2e-06, 9.2e-06], mom=[(0.9, 0.95), (0.9, 0.95)]',
      ' algo throughput: 41797155891.1448 bps, 41.7972 Gbps',
      ' iteration      100/    5000 | consumed samples: 1600 | elapsed time per iteration (ms): 2050.1 | learning rate: 1.5E-04 |',
      ':::MLLOG {"namespace": "", "time_ms": 1621374713000, "event_type": "POINT_IN_TIME", "key": "eval_accuracy", "value": 0.7123}',
    ],
    ignores: ['throughput: 0.0', 'step=0, skipped=0, lr=[0.0]'],
  },
]);

/** Healthy signs: steps that go on, runs that end well. They weigh nothing; a log of nothing else tells of no fault. */
export const progress = withProgressValues(lines);

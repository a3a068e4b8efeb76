import { lineDetector } from './line-patterns.ts';

/** Healthy signs: steps that go on, runs that end well. They weigh nothing; a log of nothing else tells of no fault. */
export const progress = lineDetector('progress', [
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
    ],
    pattern:
      /\b[Tt]raining (?:is )?(?:completed?|finished|done)\b|'?train_runtime'?\s{0,12}[:=]|after training is done|[Ff]inished [Tt]raining|`Trainer\.fit` stopped: `max_(?:epochs|steps)/,
    sees: [
      "{'train_runtime': 8123.4, 'train_samples_per_second': 12.3, 'epoch': 3.0}",
      'Training completed. Do not forget to share your model on huggingface.co/models =)',
    ],
    ignores: ['training completely failed'],
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
]);

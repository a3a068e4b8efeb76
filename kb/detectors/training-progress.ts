import { lineDetector } from './line-patterns.ts';
import { withProgressValues } from './progress-values.ts';

const lines = lineDetector('training-progress', [
  {
    id: 'job.progress.bar',
    summary: 'a progress bar moves',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/tqdm/tqdm/blob/master/tqdm/std.py',
    literals: ['it/s]', 'it/s,', 's/it]', 's/it,', 'examples/s]', 'steps/s]'],
    pattern:
      /\b[1-9]\d{0,11}\/\d{1,12} \[(?:\d{1,4}:)?\d\d:\d\d<[^\]\n]{1,30}, {1,4}[\d.]{1,12} ?(?:it\/s[\],]|s\/it[\],]|examples\/s\]|steps\/s\])/,
    sees: [
      '  5%|▌         | 50/1000 [01:02<19:41,  1.24s/it]',
      'Epoch 0:  12%|█▏        | 12/100 [00:10<01:10,  1.25it/s, v_num=0, reduced_train_loss=2.310]',
    ],
    ignores: ['  0%|          | 0/1000 [00:00<?, ?it/s]'],
  },
  {
    id: 'job.progress.checkpoint-saved',
    summary: 'a checkpoint was written to its end',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/checkpointing.py',
    literals: [
      'successfully saved checkpoint',
      'model weights saved in',
      'is ready now!',
      'saved checkpoint to',
      'checkpoint saved to',
    ],
    pattern:
      /successfully saved checkpoint (?:from|at) iteration|[Mm]odel weights saved in |Checkpoint \S{1,120} is ready now!|\b(?:[Ss]aved checkpoint|[Cc]heckpoint saved) to /,
    sees: [
      '  successfully saved checkpoint from iteration    1000 to /data/run/ckpt [ t 1/8, p 1/4 ]',
      'Model weights saved in /data/run/checkpoint-500/model.safetensors',
      '[2024-03-12 10:11:12,123] [INFO] [torch_checkpoint_engine.py:33:commit] [Torch] Checkpoint global_step100 is ready now!',
    ],
    ignores: ['saving checkpoint at iteration    1000 to /data/run/ckpt'],
  },
  {
    id: 'job.progress.evaluated',
    summary: 'an evaluation came to an end with a finite value',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/trainer.py',
    literals: ['eval_runtime', 'eval_samples_per_second', 'validation loss at iteration', 'eval_accuracy'],
    pattern:
      /'eval_(?:runtime|samples_per_second|accuracy)': [\d.]{1,14}|validation loss at iteration \d+[^\n]{0,60}value: \d/,
    sees: [
      "{'eval_loss': 2.1034, 'eval_runtime': 12.3, 'eval_samples_per_second': 81.2, 'epoch': 1.0}",
      ' validation loss at iteration 1000 | lm loss value: 2.310000E+00 | lm loss PPL: 1.007442E+01 |',
    ],
    ignores: ['eval_accuracy is the metric for the best model'],
  },
  {
    id: 'job.progress.stage-done',
    summary: 'a framework tells that a stage of the work is behind it',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/training.py',
    literals: [
      'after dataloaders are built',
      'after megatron is initialized',
      'before the start of training step',
      'done with setup ...',
      'exits successfully',
      'training/global_step:',
      'completed step: ',
      'tflop/s/gpu',
    ],
    pattern:
      /\[(?:after dataloaders are built|after megatron is initialized|before the start of training step)\] datetime:|done with setup \.\.\.|launch\.py:\d+:main\] Process \d+ exits successfully|\bcompleted step: [1-9]\d*, seconds: |training\/global_step:[1-9]\d*|throughput per GPU \(TFLOP\/s\/GPU\): [\d.]{0,10}[1-9]/,
    sees: [
      '[before the start of training step] datetime: 2024-03-12 10:11:12 ',
      '[2024-03-12 10:11:12,123] [INFO] [launch.py:351:main] Process 4242 exits successfully.',
      '(TaskRunner pid=4242) step:10 - training/global_step:10.000 - perf/throughput:1203.1',
    ],
    ignores: ['completed step: 0'],
  },
]);

/** Healthy signs besides losses: bars that move, checkpoints that were written, evaluations that came to an end. */
export const trainingProgress = withProgressValues(lines);

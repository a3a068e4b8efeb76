import { lineDetector } from './line-patterns.ts';

const answers = 'https://pytorch.org/docs/stable/generated/torch.cuda.is_available.html';

/** Questions for the GPUs that somebody typed, and what came back: a comparison tells for whom they are there. */
export const shellAnswers = lineDetector('shell-answers', [
  {
    id: 'shell.gpus.asked',
    summary: 'somebody asked in a shell whether a program finds the GPUs',
    role: 'context',
    weighs: {},
    source: answers,
    literals: ['cuda.is_available()', 'list_physical_devices(', 'is_gpu_available('],
    pattern:
      /^(?:[^\n"']{0,120}[$#>%] ?)?(?:sudo (?:-\S{1,40} ){0,6})?(?:\S{1,200}\/)?python[\d.]{0,5} -c (?:"[^"\n]{0,200}|'[^'\n]{0,200})(?:cuda\.is_available\(\)|list_physical_devices\(|is_gpu_available\()[^\n]{0,120}$/,
    sees: [
      'user@node-01:~> sudo /data/venv/bin/python -c "import torch;print(torch.cuda.is_available())"',
      `$ python3 -c 'import tensorflow as tf; print(tf.config.list_physical_devices("GPU"))'`,
    ],
    ignores: ['assert torch.cuda.is_available()', '>>> torch.cuda.is_available()'],
  },
  {
    id: 'shell.gpus.answered',
    summary: 'the answer stands on a line of its own',
    role: 'context',
    weighs: {},
    source: answers,
    literals: ['true', 'false', '[]', '[physicaldevice('],
    pattern: /^\s{0,8}(?:True|False|\[\]|\[PhysicalDevice\([^\n]{1,400})\s{0,8}$/,
    sees: ['True', "[PhysicalDevice(name='/physical_device:GPU:0', device_type='GPU')]"],
    ignores: ['True story', 'shuffle: False'],
  },
]);

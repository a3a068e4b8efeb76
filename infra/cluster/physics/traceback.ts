/** File below the image's folders, line, function and the source of one call. */
export type Call = readonly [file: string, line: number, name: string, code: string];

const megatron = '/opt/megatron-lm';
export const python = '/usr/local/lib/python3.10/dist-packages';
const training = `${megatron}/megatron/training/training.py`;

export function inMegatron(file: string): string {
  return `${megatron}/${file}`;
}

export const main: Call = [`${megatron}/pretrain_gpt.py`, 264, '<module>', 'pretrain('];
export const train: Call = [training, 353, 'pretrain', 'iteration, num_floating_point_operations_so_far = train('];
export const trainStep: Call = [training, 1245, 'train', 'train_step(forward_step_func,'];
export const forwardBackward: Call = [training, 732, 'train_step', 'losses_reduced = forward_backward_func('];
const noPipelining: Call = [
  inMegatron('megatron/core/pipeline_parallel/schedules.py'),
  447,
  'forward_backward_no_pipelining',
  'output_tensor, num_tokens = forward_step(',
];
const forwardStep: Call = [
  inMegatron('megatron/core/pipeline_parallel/schedules.py'),
  251,
  'forward_step',
  'output_tensor, loss_func = forward_step_func(data_iterator, model)',
];
/** From the start of the program to where a batch is asked for and the loss is worked out. */
export const toForwardStep: readonly Call[] = [main, train, trainStep, forwardBackward, noPipelining, forwardStep];
export const initialize: Call = [
  training,
  236,
  'pretrain',
  'initialize_megatron(extra_args_provider=extra_args_provider,',
];

/** What Python prints of an uncaught exception, outermost call first; `error` may have several lines. */
export function traceback(calls: readonly Call[], error: string): readonly string[] {
  return [
    'Traceback (most recent call last):',
    ...calls.flatMap(([file, line, name, code]) => [`  File "${file}", line ${line}, in ${name}`, `    ${code}`]),
    ...error.split('\n'),
  ];
}

/** From the first process group on torch puts the rank before every line (`init_process_group`, PyTorch 2.4). */
export function ofRank(rank: number, lines: readonly string[]): readonly string[] {
  return lines.map((line) => `[rank${rank}]: ${line}`.trimEnd());
}

import { rankStacks, type Frame } from '../../physics/rank-stacks.ts';

const { frames: linear } = rankStacks.training;
// From the step outwards.
const inStep = linear.slice(linear.findIndex(([name]) => name === 'forward_step'));
const main = inStep.slice(2);

/** Where a rank is that computes, of a thousand samples: backward takes about twice as long as forward. */
const parts: readonly (readonly [share: number, frames: readonly Frame[]])[] = [
  [190, linear],
  [
    90,
    [
      ['forward', 'transformer_engine/pytorch/attention.py', 3402],
      ['_call_impl', 'torch/nn/modules/module.py', 1747],
      ['forward', 'megatron/core/transformer/attention.py', 301],
      ...linear.slice(3),
    ],
  ],
  [
    560,
    [
      ['_engine_run_backward', 'torch/autograd/graph.py', 825],
      ['backward', 'torch/autograd/__init__.py', 347],
      ['backward_step', 'megatron/core/pipeline_parallel/schedules.py', 302],
      ['forward_backward_no_pipelining', 'megatron/core/pipeline_parallel/schedules.py', 458],
      ...main,
    ],
  ],
  [
    100,
    [
      ['step', 'apex/optimizers/fused_adam.py', 291],
      ['step_with_ready_grads', 'megatron/core/optimizer/optimizer.py', 332],
      ['step', 'megatron/core/optimizer/optimizer.py', 411],
      ...main,
    ],
  ],
  [
    60,
    [
      ['clip_grad_norm', 'megatron/core/optimizer/optimizer.py', 153],
      ['step', 'megatron/core/optimizer/optimizer.py', 402],
      ...main,
    ],
  ],
];

/** The frames of one sample; `draw` is 0 to 999. */
export function trainingFrames(draw: number): readonly Frame[] {
  let below = 0;
  for (const [share, frames] of parts) {
    below += share;
    if (draw < below) return frames;
  }
  return linear;
}

import { lineDetector } from './line-patterns.ts';

const deepspeed = 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/fp16/loss_scaler.py';
const rerun = 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/rerun_state_machine.py';

/** Loss scales that sink, skipped steps, and what frameworks conclude from computing a step again. */
export const lossScale = lineDetector('loss-scale', [
  {
    id: 'loss-scale.collapsed',
    summary: 'the loss scale sank to its minimum',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 6 },
    source: deepspeed,
    literals: [
      'loss scale already at minimum',
      'minimum loss scale reached',
      'loss scale is',
      'loss scale has',
      'reducing loss scale to',
      'setting loss scale to:',
      'attempted loss scale:',
      'grad scale',
    ],
    pattern:
      /loss scale already at minimum|[Mm]inimum loss scale reached|[Ll]oss scale (?:is|has) (?:too small|reached (?:its )?minimum|become 0)|Gradient overflow\.[^\n]{0,80}reducing loss scale to (?:0\.0|[1-9](?:\.\d+)?e-(?:[1-9]\d|[3-9]))|setting loss scale to: (?:0\.000|[1-9](?:\.\d+)?e-)|Attempted loss scale: (?:1(?:\.0)?|0\.\d+)(?:,|$)|[Gg]rad [Ss]cale:\s{1,4}0(?:\.0{1,4})?\b/,
    sees: [
      'Exception: Current loss scale already at minimum - cannot decrease scale anymore. Exiting run.',
      'FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably exploding.',
      '| WARNING: overflow detected, setting loss scale to: 0.0001220703125',
      'OVERFLOW! Skipping step. Attempted loss scale: 1',
      'Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 1.1125369292536007e-308',
      '[deepspeed] OVERFLOW! Rank 3 Skipping step. Attempted loss scale: 1, reducing to 1',
    ],
    ignores: ['Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 32768.0', 'loss scale: 65536.0'],
  },
  {
    id: 'loss-scale.overflow',
    summary: 'a step was skipped for overflow; normal at the start, a sign when it goes on',
    role: 'context',
    weighs: { 'loss-nan-numerics': 0.5 },
    source: deepspeed,
    literals: [
      'gradient overflow',
      'grad overflow on iteration',
      'overflow!',
      'overflow detected',
      'found overflow',
      'overflow occurs',
      'skipping step',
    ],
    pattern:
      /Gradient overflow|Grad overflow on iteration|OVERFLOW! (?:Rank \d+ )?Skipping step|loss scale overflow!|overflow detected, (?:setting loss scale|Skipping step)|[Ff]ound overflow|[Oo]verflow occurs, please check/i,
    sees: [
      '[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 65536, reducing to 32768',
      '[deepspeed] fp16 dynamic loss scale overflow! Skipping step. Attempted loss scale: 65536, reducing to 32768',
      '[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 4294967296, but hysteresis is 2. Reducing hysteresis to 1',
    ],
    ignores: ['overflow checks enabled'],
  },
  {
    id: 'loss-scale.misused',
    summary: 'half-precision training is set up in a way that the gradient scaler refuses',
    role: 'cause',
    weighs: { 'user-code-error': 4.2, 'framework-bug': 1.8, 'loss-nan-numerics': 0.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/amp/grad_scaler.py',
    literals: [
      'attempting to unscale fp16 gradients',
      'no inf checks were recorded',
      'unscale_() has already been called',
      'unscale_() is being called after',
    ],
    pattern:
      /Attempting to unscale FP16 gradients|No inf checks were recorded for this optimizer|unscale_\(\) (?:has already been called|is being called after)/,
    sees: [
      'ValueError: Attempting to unscale FP16 gradients.',
      'AssertionError: No inf checks were recorded for this optimizer.',
    ],
    ignores: ['unscaling gradients'],
  },
  {
    id: 'megatron.rerun.hardware-suspected',
    summary: 'a step computed twice gave two results: the GPU computes wrongly',
    role: 'cause',
    weighs: { 'gpu-ecc-uncorrectable': 2.4, 'host-hardware-fault': 2, 'framework-bug': 0.6 },
    source: rerun,
    literals: ['possible transient error!', 'possible persistent error!', 'unexpected result is not reproducible'],
    pattern: /Possible (?:transient|persistent) error!|unexpected result is not reproducible (?:within|on a different)/,
    sees: [
      'ERROR:megatron.core.rerun_state_machine:Possible persistent error!, Rank 12, Node node-03, Device 4, Iteration 4242',
      'First rerun: unexpected result is not reproducible within the tolerance (nan != 2.3451)',
    ],
    ignores: ['rerun_mode ...................................... disabled'],
  },
  {
    id: 'megatron.rerun.reproducible',
    summary: 'a bad value came out the same on another GPU: program, data or precision make it',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 4, 'user-code-error': 1.4 },
    source: rerun,
    literals: ['unexpected result is reproducible on a different gpu', 'possible application error'],
    pattern: /unexpected result is reproducible on a different GPU|possible Application error/,
    sees: [
      'Second rerun: unexpected result is reproducible on a different GPU, therefore it was likely correct (nan = nan)',
    ],
    ignores: ['results are reproducible'],
  },
]);

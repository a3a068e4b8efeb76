import { lineDetector } from './line-patterns.ts';

const megatron = 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/training.py';
const deepspeed = 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/fp16/loss_scaler.py';

/** Loss, gradients and loss scale. */
export const numerics = lineDetector('numerics', [
  {
    id: 'loss.not-finite',
    summary: 'the loss is not a number or infinite',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 6, 'gpu-ecc-uncorrectable': 0.1 },
    source: megatron,
    literals: ['loss'],
    pattern:
      /loss(?:es)?["']?(?:\s\d{0,2})?\s?(?:[:=|]|is|was|of|became|went to|->)?\s{0,4}\[?\(?(?:tensor\()?["']?[-+]?(?:nan|inf(?:inity)?)\b(?!\s?(?:check|grad|guard))|(?:nan|inf(?:inite)?|NaN|non-finite)\s(?:loss|losses)\b(?![^\n]{0,12}(?:check|guard|filter|0\b))|loss (?:is|was|became|has become) (?:not finite|non-finite|infinite)|Loss is (?:nan|inf), stopping/i,
    sees: [
      'step 1203 | loss: nan | lr: 1.0e-4',
      "{'loss': nan, 'grad_norm': nan, 'learning_rate': 1e-05, 'epoch': 0.12}",
      'Loss is nan, stopping training',
      ' iteration     1203/  250000 | consumed samples:  19248 | lm loss: NAN | loss scale: 1.0 |',
      'Training: 2023-03-14 09:08:43,293-Speed 2178.40 samples/sec   Loss nan   LearningRate 0.001000',
    ],
    ignores: [
      'step 1203 | loss: 2.345 | lr: 1.0e-4',
      'check_for_nan_in_loss_and_grad ............... True',
      'number of nan iterations:   0',
    ],
  },
  {
    id: 'grad.not-finite',
    summary: 'gradients are not numbers or infinite',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 5 },
    source: megatron,
    literals: [
      'grad',
      'backward',
      'nan values',
      'nan iterations',
      'non-finite',
      'unexpected result',
      'found nan in ',
      'nan in ',
      'inf in ',
      'infinite in ',
      'nan detected',
      'inf detected',
      'nan found',
      'nan/inf',
      'nan value',
      'inf value',
      'infinite value',
    ],
    pattern:
      /found NaN in (?:local )?(?:grad|forward|loss)|returned nan values in its|Unexpected result (?:nan|inf)|grad(?:ient)?[ _-]?norm["']?\s?[:=|]?\s{0,4}["']?[-+]?(?:nan|inf)\b|(?:NaN|nan|Inf|inf|non-finite|infinite) (?:values? )?(?:detected |found )?in (?:the )?(?:grad|loss|weights?|parameters?|activations?|outputs?|logits|hidden)|(?:total norm|gradients?)[^\n]{0,60}(?:is|are) non-finite|gradients? (?:is|are|contains?|became) (?:NaN|Inf)\b|number of nan iterations:\s{1,4}[1-9]/i,
    sees: [
      "RuntimeError: Function 'MulBackward0' returned nan values in its 0th output.",
      'AssertionError: Rank 3: found NaN in local grad norm in backward pass before data-parallel communication collective. Device: 3, node: node-03',
      ' iteration     5426/  250000 | loss scale: 1.0 | grad norm: nan | number of skipped iterations:   0 |',
      'FloatingPointError: gradients are Nan/Inf',
    ],
    ignores: ['grad norm: 0.523', 'number of nan iterations:   0 |'],
  },
  {
    id: 'loss-scale.collapsed',
    summary: 'the loss scale sank to its minimum',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 6 },
    source: deepspeed,
    literals: ['loss scale', 'grad scale'],
    pattern:
      /loss scale already at minimum|[Mm]inimum loss scale reached|[Ll]oss scale (?:is|has) (?:too small|reached (?:its )?minimum|become 0)|Gradient overflow\.[^\n]{0,80}reducing loss scale to (?:0\.0|[1-9](?:\.\d+)?e-(?:[1-9]\d|[3-9]))|setting loss scale to: (?:0\.000|[1-9](?:\.\d+)?e-)|Attempted loss scale: (?:1(?:\.0)?|0\.\d+)(?:,|$)|[Gg]rad [Ss]cale:\s{1,4}0(?:\.0{1,4})?\b/,
    sees: [
      'Exception: Current loss scale already at minimum - cannot decrease scale anymore. Exiting run.',
      'FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably exploding.',
      '| WARNING: overflow detected, setting loss scale to: 0.0001220703125',
      'OVERFLOW! Skipping step. Attempted loss scale: 1',
      'Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 1.1125369292536007e-308',
    ],
    ignores: ['Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 32768.0', 'loss scale: 65536.0'],
  },
  {
    id: 'loss-scale.overflow',
    summary: 'a step was skipped for overflow; normal at the start, a sign when it goes on',
    role: 'context',
    weighs: { 'loss-nan-numerics': 0.5 },
    source: deepspeed,
    literals: ['gradient overflow', 'overflow!', 'overflow detected', 'skipping step'],
    pattern: /Gradient overflow|OVERFLOW! Rank \d+ Skipping step|overflow detected, setting loss scale/i,
    sees: ['[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 65536, reducing to 32768'],
    ignores: ['overflow checks enabled'],
  },
  {
    id: 'sampling.not-finite',
    summary: 'probabilities of a model are not numbers',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 4.6, 'user-code-error': 0.7 },
    source: 'https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/cuda/MultinomialKernel.cu',
    literals: [
      'probability tensor contains',
      'to satisfy the constraint real()',
      'contains nan',
      'input contains nan',
      'nan or infinity',
      'contain nan',
      'contain inf',
      'contains inf',
      'satisfy the constraint',
    ],
    pattern:
      /probability tensor contains either|to satisfy the constraint Real(?:Vector)?\(\)|[Ii]nput contains (?:NaN|infinity)|(?:tensor|logits|weights?|output)[^\n]{0,40} contains? (?:NaN|nan|inf)/,
    sees: ['RuntimeError: probability tensor contains either `inf`, `nan` or element < 0'],
    ignores: ['the tensor contains 12 elements'],
  },
  {
    id: 'loss.spike',
    summary: 'the loss jumped or diverged',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 3.5, 'checkpoint-corruption': 0.7 },
    source: 'https://arxiv.org/abs/2204.02311',
    literals: ['loss spike', 'diverge', 'exploding', 'spiky loss'],
    pattern:
      /[Ll]oss spike (?:detected|at|found)|(?:training|loss|model) (?:has )?diverged|divergence detected|(?:loss|gradients?) (?:is |are )?exploding|[Ss]piky loss/,
    sees: ['[Rank 0] loss spike detected at step 12034: 9.81 (mean 2.31)'],
    ignores: ['branches diverged in git'],
  },
]);

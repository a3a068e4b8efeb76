import { lineDetector } from './line-patterns.ts';

/** Checks of tensors and gradients for values that are no numbers. */
export const tensorChecks = lineDetector('tensor-checks', [
  {
    // The program's device-side assertion that follows is this one.
    id: 'numerics.check.nan-asserted',
    summary: 'torch checked what a collective was to send, and found values that are no numbers',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 5.6, 'user-code-error': -1 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/NanCheck.cu',
    literals: ['assertion `!isnan('],
    pattern: /Assertion `!isnan\(\w{1,20}(?:\[\w{1,10}\])?\)` failed/,
    sees: [
      '../torch/csrc/distributed/c10d/NanCheck.cu:120: checkForNaN: block: [0,0,0], thread: [96,0,0] Assertion `!isnan(val)` failed.',
      '/pytorch/torch/csrc/distributed/c10d/Utils.cu:15: checkForNaN: block: [0,0,0], thread: [96,0,0] Assertion `!isnan(data[i])` failed.',
    ],
    ignores: ['Indexing.cu:1290: block: [12,0,0], thread: [96,0,0] Assertion `srcIndex < srcSelectDimSize` failed.'],
  },
  {
    id: 'numerics.check.found-nan',
    summary: 'a check of tensors or gradients found values that are no numbers',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 4.6 },
    source: 'https://github.com/PaddlePaddle/Paddle/blob/develop/paddle/fluid/framework/details/nan_inf_utils_detail.h',
    literals: ['nan', 'inf', 'non-finite', 'nonfinite', 'not finite'],
    pattern:
      /There (?:are|is) `?nan`? or `?inf`? in\b|\b(?:encountered|found|detected|got|has|contains?)\b (?:an? )?(?:NaNs?|non-?finite|Infs?)\b[^\n]{0,12}\b(?:grad(?:ient)?s?|grad norm|loss|weights?|parameters?|activations?|logits)\b(?![^\n]{0,40}(?:: ?0\b|no\b))|\b(?:grad(?:ient)?(?: norm)?s?|loss|weights?|parameters?|activations?|logits)\b (?:is|are|became|went|turned) (?:NaN|not finite|non-?finite)\b/i,
    sees: [
      'There are `nan` or `inf` in tensor (linear_0.w_0@GRAD).',
      'WARNING: Rank 0: encountered NaN grad norm in iteration 1203. Skipping update.',
      'RuntimeError: loss became NaN at step 1203',
    ],
    ignores: ['checking for nan', 'number of nan iterations: 0', 'no NaN loss was found'],
  },
]);

import { lineDetector } from './line-patterns.ts';

/** Checks of tensors and gradients for values that are no numbers. */
export const tensorChecks = lineDetector('tensor-checks', [
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

import { lineDetector } from './line-patterns.ts';

/** Training that runs away, in the words of libraries on top of the frameworks. */
export const divergence = lineDetector('divergence', [
  {
    id: 'training.diverged',
    summary: 'a training library gives up because values are no longer finite',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 5.2, 'user-code-error': 0.6 },
    source:
      'https://github.com/facebookresearch/detectron2/blob/main/detectron2/modeling/proposal_generator/proposal_utils.py',
    literals: [
      'diverged',
      'inf/nan',
      'nan/inf',
      'nan or inf',
      'inf or nan',
      'became infinite or nan',
      'encountered nan',
      'encountered inf',
      'non-finite',
    ],
    pattern:
      /\b(?:training|model|optimi[sz]ation|optimizer|run|solver)\b[^\n]{0,20}\bdiverged\b(?! in (?:git|branch))|\bcontains? (?:Inf\/NaN|NaN\/Inf|NaN or Inf|Inf or NaN)|became infinite or NaN|encountered (?:NaN|Inf) in (?:local )?(?:forward|grad|loss|param|activation)|(?:Error|Exception): [^\n]{0,60}\b(?:NaN or Inf|Inf or NaN|non-finite)\b[^\n]{0,30}(?:found|detected|encountered|values?)/i,
    sees: [
      'FloatingPointError: Predicted boxes or scores contain Inf/NaN. Training has diverged.',
      'FloatingPointError: Loss became infinite or NaN at iteration=1203!',
      'AssertionError: Rank 0: encountered NaN in local forward loss calculation. Device: 0, node: node-03',
      'RuntimeError: Nan or Inf found in input tensor',
    ],
    ignores: ['the branches diverged', 'check_for_nan_in_loss: True', 'the optimizer step took 2 s'],
  },
  {
    id: 'summary.value-not-finite',
    summary: 'a value that is written to a summary is not finite',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 3.4 },
    source: 'https://github.com/lanpa/tensorboardX/blob/master/tensorboardX/x2num.py',
    literals: ['found in input tensor'],
    pattern: /NaN or Inf found in input tensor/i,
    sees: ['Warning: NaN or Inf found in input tensor.'],
    ignores: ['found in input tensor: 4 elements'],
  },
  {
    id: 'linalg.not-converged',
    summary: 'a decomposition of a matrix failed: it is singular or holds values that are not finite',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 2.6, 'user-code-error': 1.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/BatchLinearAlgebra.cpp',
    literals: [
      'did not converge',
      'is not positive-definite',
      'positive definite',
      'failed to converge',
      'singular matrix',
      'is singular',
    ],
    pattern:
      /(?:SVD|[Ee]igenvalues?|linalg\.\w{1,12})[^\n]{0,60}(?:did not converge|failed to converge)|is not positive-definite|LinAlgError: (?:Singular matrix|Matrix is not positive definite|[^\n]{0,80}is singular)/,
    sees: [
      'numpy.linalg.LinAlgError: SVD did not converge',
      'torch._C._LinAlgError: linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite).',
      'numpy.linalg.LinAlgError: Singular matrix',
    ],
    ignores: ['EM did not converge after 100 iterations'],
  },
]);

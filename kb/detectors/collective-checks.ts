import { lineDetector } from './line-patterns.ts';

/** What checks of collectives print when ranks do not call the same one. */
export const collectiveChecks = lineDetector('collective-checks', [
  {
    id: 'torch.collective.check-differs',
    summary: 'ranks called different collectives, or the same with other tensors',
    role: 'cause',
    weighs: { 'collective-mismatch': 5.2, 'uneven-data': 0.6, 'user-code-error': 0.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupWrapper.cpp',
    literals: [
      'collectives differ in the following',
      'sequence number mismatch',
      'sequence number: ',
      'rank ',
      'fingerprint mismatch',
    ],
    pattern:
      /[Cc]ollectives differ in the following aspects|[Cc]ollective sequence number mismatch|Sequence number: \d{1,12}\s{0,2}vs\s{0,2}\d|\b[Rr]ank \d{1,6} (?:called|calls|is in|entered) (?!the )[\w.]{3,30}[^\n]{0,40}\b(?:while|but|and) rank \d{1,6} (?:called|calls|is in|entered) [\w.]{3,30}|computation fingerprint mismatch across/,
    sees: [
      'Collectives differ in the following aspects: \t Sequence number: 101vs 0  Op type: ALLGATHERvs REDUCE',
      '[rank1]: Collective sequence number mismatch: rank 0 is at 120 but rank 1 is at 119',
      'Rank 3 called all_gather while rank 0 called all_reduce',
    ],
    ignores: ['sequence number: 12'],
  },
  {
    id: 'collective.values.disagree',
    summary: 'a library compared a value among the ranks, or was to gather tensors, and they are not the same',
    role: 'cause',
    weighs: { 'collective-mismatch': 4, 'user-code-error': 1.4, 'uneven-data': 0.8, 'framework-bug': 0.6 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/zero/utils.py',
    literals: [
      'disagreement between rank',
      'all shapes across devices must be valid',
      'bucket plans differ across ranks',
    ],
    pattern:
      /disagreement between rank\d{1,6} and rank\d{1,6}|due to shape mismatches\. All shapes across devices must be valid|bucket plans differ across ranks/,
    sees: [
      'RuntimeError: disagreement between rank0 and rank3: rank0: [1, 2], rank3: [1, 3]',
      'accelerate.utils.operations.DistributedOperationException: Cannot apply desired operation due to shape mismatches. All shapes across devices must be valid.',
    ],
    ignores: ['no disagreement between ranks'],
  },
]);

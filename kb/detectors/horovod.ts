import { lineDetector } from './line-patterns.ts';

const stallInspector = 'https://github.com/horovod/horovod/blob/master/horovod/common/stall_inspector.cc';
const controller = 'https://github.com/horovod/horovod/blob/master/horovod/common/controller.cc';
const common = 'https://github.com/horovod/horovod/blob/master/horovod/common/common.h';

/** What Horovod's coordinator says about ranks that do not do the same. */
export const horovod = lineDetector('horovod', [
  {
    id: 'horovod.ranks.stalled',
    summary: 'some ranks submitted a tensor and wait for the others',
    role: 'symptom',
    // Its authors name an uneven division of the data as the most common cause, then logic that differs, then slowness.
    weighs: {
      'uneven-data': 1.5,
      'collective-mismatch': 1.2,
      'long-rank0-work-timeout': 0.8,
      'dataloader-stall': 0.4,
      'framework-bug': 0.3,
    },
    source: stallInspector,
    literals: ['reduced, gathered or broadcasted by subset of ranks'],
    pattern: /One or more tensors were submitted to be reduced, gathered or broadcasted by subset of ranks/,
    sees: [
      '[2026-11-21 03:12:59. 70957: W horovod/common/stall_inspector.cc:105] One or more tensors were submitted to be reduced, gathered or broadcasted by subset of ranks and are waiting for remainder of ranks for more than 60 seconds.',
      '[1,0]<stderr>:WARNING: One or more tensors were submitted to be reduced, gathered or broadcasted by subset of ranks and are waiting for remainder of ranks for more than 60 seconds.',
    ],
    ignores: ['HOROVOD_STALL_CHECK_TIME_SECONDS=60'],
  },
  {
    id: 'horovod.collective.mismatched',
    summary: 'ranks gave the same collective other types, shapes or operations',
    role: 'cause',
    weighs: { 'collective-mismatch': 5, 'uneven-data': 0.8, 'framework-bug': 0.4 },
    source: controller,
    literals: [': one rank had type', ': one rank did an', ': one rank sent', ': one rank specified'],
    pattern: /\bMismatched [\w/ -]{4,60}: One rank (?:had type|did an|sent|specified) [^\n]{1,160}another rank/,
    sees: [
      'Mismatched data types: One rank had type float32, but another rank had type float64.',
      'Mismatched operations: One rank did an ALLREDUCE, but another rank did an ALLGATHER.',
      'Mismatched ALLREDUCE tensor shapes: One rank sent a tensor of shape [17, 17, 17], but another rank sent a tensor of shape [18, 17, 17].',
      'Mismatched BROADCAST root ranks: One rank specified root rank 0, but another rank specified root rank 1.',
    ],
    ignores: ['one rank sent its tensors'],
  },
  {
    id: 'horovod.shut-down',
    summary: 'a rank ended, with an exception or before the others',
    role: 'symptom',
    weighs: { 'uneven-data': 0.7, 'user-code-error': 0.5 },
    source: common,
    literals: ['horovod has been shut down'],
    pattern: /Horovod has been shut down\. This was caused by an exception on one of the ranks/,
    sees: [
      'tensorflow.python.framework.errors_impl.UnknownError: Horovod has been shut down. This was caused by an exception on one of the ranks or an attempt to allreduce, allgather or broadcast a tensor after one of the ranks finished execution.',
    ],
    ignores: ['hvd.shutdown()'],
  },
  {
    id: 'horovod.tensor.twice',
    summary: 'a tensor is submitted again under a name that is still under way',
    role: 'cause',
    weighs: { 'user-code-error': 2.2, 'framework-bug': 1.2, 'collective-mismatch': 0.6 },
    source: common,
    literals: ['a tensor with the same name as another tensor'],
    pattern:
      /Requested to \w[\w, ]{5,60} a tensor with the same name as another tensor that is currently being processed/,
    sees: [
      'Requested to allreduce, allgather, or broadcast a tensor with the same name as another tensor that is currently being processed.  If you want to request another tensor, use a different tensor name.',
    ],
    ignores: ['a tensor with another name'],
  },
]);

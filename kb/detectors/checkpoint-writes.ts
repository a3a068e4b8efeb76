import { lineDetector } from './line-patterns.ts';

// The runtime maps ENOSPC and EDQUOT to the status that it has for memory as well; beside a path it is storage.
const errnoMap = 'https://github.com/openxla/xla/blob/main/xla/tsl/platform/errors.cc';

/** Files that TensorFlow and JAX cannot write. */
export const checkpointWrites = lineDetector('checkpoint-writes', [
  {
    id: 'file.write.resource-exhausted',
    summary: 'a file could not be written: its file system has no space or quota left',
    role: 'cause',
    weighs: { 'disk-full': 5, 'ulimit-too-low': 0.8, 'shared-fs-problem': 0.4 },
    source: errnoMap,
    literals: [
      'error writing (tmp) checkpoint file',
      'resource exhausted: ',
      'resource_exhausted: ',
      'resourceexhaustederror: ',
    ],
    pattern:
      /Error writing \(tmp\) checkpoint file|(?:Resource exhausted|RESOURCE_EXHAUSTED|ResourceExhaustedError): (?:\.{0,2}\/|gs:\/\/|s3:\/\/|hdfs:\/\/)\S/,
    sees: [
      'InternalError: Error writing (tmp) checkpoint file: /data/run/model.ckpt-6.tempstate978: Resource exhausted: /data/run/model.ckpt-6.tempstate978',
      'tensorflow.python.framework.errors_impl.ResourceExhaustedError: /data/run/events.out.tfevents.1',
    ],
    ignores: ['RESOURCE_EXHAUSTED: Out of memory while trying to allocate 2147483648 bytes.'],
  },
  {
    // Nothing says why: no room, no right, no folder, or a mount that is gone.
    id: 'file.write.not-opened',
    summary: 'a file that was to be written could not be opened or not be written to its end',
    role: 'symptom',
    weighs: {
      'disk-full': 1.2,
      'permission-misconfig': 1,
      'shared-fs-problem': 0.8,
      'user-code-error': 0.6,
      'checkpoint-corruption': -1.5,
    },
    source: 'https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/inline_container.cc',
    literals: ['cannot be opened', 'in write mode'],
    pattern: /RuntimeError: File \S{1,300} cannot be opened\.|unable to open file <?[^>\n]{1,300}>? in write mode/,
    sees: [
      'RuntimeError: File out/checkpoints/checkpoint_0.pt cannot be opened.',
      'RuntimeError: unable to open file <model.pt> in write mode: Permission denied (13)',
    ],
    ignores: ['PytorchStreamReader failed reading zip archive: failed finding central directory'],
  },
  {
    // The line of source in torch.save: what failed is open(name, 'wb'), before a byte was written.
    id: 'file.write.opening-failed',
    summary: 'torch could not open the file that it was to save into: no folder, or no right',
    role: 'symptom',
    weighs: {
      'framework-bug': 1,
      'permission-misconfig': 1,
      'shared-fs-problem': 0.8,
      'user-code-error': 0.8,
      'disk-full': 0.4,
      'checkpoint-corruption': -1.5,
    },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/serialization.py',
    literals: ["_open_file_like(f, 'wb')", '_open_file_like(f, "wb")'],
    pattern: /\bwith _open_file_like\(f, ['"]wb['"]\) as /,
    sees: ["    with _open_file_like(f, 'wb') as opened_file:"],
    ignores: ["    with _open_file_like(f, 'rb') as opened_file:"],
  },
]);

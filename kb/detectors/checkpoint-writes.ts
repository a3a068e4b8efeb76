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
]);

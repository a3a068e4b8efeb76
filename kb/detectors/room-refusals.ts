import { lineDetector } from './line-patterns.ts';

/** Room on disks, in GPUs and in tensors' allocators that ran out, in the words of file systems, kubelets and libraries. */
export const roomRefusals = lineDetector('room-refusals', [
  {
    id: 'kubernetes.disk.low',
    summary: 'a node ran low on disk and evicted a pod, or a pod wrote more than it may',
    role: 'cause',
    weighs: { 'disk-full': 5, 'scheduler-action': 0.6 },
    source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/',
    literals: ['ephemeral', 'emptydir', 'low on resource: ', 'diskpressure'],
    pattern:
      /low on resource: (?:ephemeral-storage|nodefs|imagefs|inodes)|exceed(?:s|ed)?\b[^\n]{0,40}\b(?:ephemeral[- ](?:local )?storage|emptyDir)\b[^\n]{0,40}\blimit\b|\bhad condition: \[DiskPressure\]/,
    sees: [
      'Warning  Evicted  kubelet  The node was low on resource: ephemeral-storage. Container trainer was using 91249008Ki, which exceeds its request of 0.',
      'Pod ephemeral local storage usage exceeds the total limit of containers 20Gi. exceeds ephemeral-storage limit',
      'The node had condition: [DiskPressure].',
    ],
    ignores: ['requests: ephemeral-storage 20Gi', 'NodeHasNoDiskPressure'],
  },
  {
    id: 'disk.file-system.at-its-end',
    summary: 'a file system cannot take more: its quota, its inodes or the index of a directory is full',
    role: 'cause',
    weighs: { 'disk-full': 5 },
    source: 'https://docs.kernel.org/filesystems/ext4/directory.html',
    literals: ['directory index full', 'quota limit', 'file_system_monitor', 'directory hash table is full'],
    pattern:
      /[Dd]irectory index full|\bXFS\b[^\n]{0,60}(?:reached|exceeded) quota limit|file_system_monitor\.cc:\d{1,5}: \S{1,160} is over \d\d% full/,
    sees: [
      'EXT4-fs warning (device sda1): ext4_dx_add_entry: Directory index full!',
      'XFS (nvme0n1): Filesystem has reached quota limit',
      '(raylet) file_system_monitor.cc:111: /tmp/ray/session_x is over 95% full, available space: 1234; capacity: 123456. Object creation will fail if spilling is required.',
    ],
    ignores: ['XFS (nvme0n1): quotas are on'],
  },
  {
    id: 'gpu.memory.tensor-refused',
    summary: 'a library could not allocate a tensor on a GPU',
    role: 'cause',
    weighs: { 'gpu-oom': 5.2 },
    source: 'https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/op_kernel.cc',
    literals: ['oom when allocating tensor', 'cuda error 2 at'],
    pattern: /OOM when allocating tensor (?![^\n]{0,300}device:CPU)|CUDA error 2 at \S{1,120}: out of memory/,
    sees: [
      'tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating tensor with shape[256,832,7,7]',
      'CUDA error 2 at ggml-cuda.cu:7641: out of memory',
    ],
    ignores: ['OOM when allocating tensor with shape[256,832] on /job:localhost/replica:0/task:0/device:CPU:0'],
  },
]);

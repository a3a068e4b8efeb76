import { lineDetector } from './line-patterns.ts';

const nfs = 'https://github.com/torvalds/linux/blob/master/include/linux/nfs4.h';
const mount = 'https://github.com/util-linux/util-linux/blob/master/libmount/src/context_mount.c';
const fuse = 'https://github.com/libfuse/libfuse/blob/master/util/fusermount.c';

/** File systems that do not come up on a node: the server is out of reach, the options are wrong, or FUSE is not let in. */
export const mounts = lineDetector('mounts', [
  {
    id: 'mount.server.unreachable',
    summary: 'the server of a file system cannot be reached to mount it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.4, 'firewall-blocked': 1, 'rendezvous-resolution': 0.5, 'rdma-link-fault': 0.3 },
    source: 'https://git.linux-nfs.org/?p=steved/nfs-utils.git;a=blob;f=utils/mount/error.c',
    literals: [
      'mount.nfs',
      'mount.lustre',
      'mount.ceph',
      'mount.wekafs',
      'mount.beegfs',
      'mount error 110',
      'mount error(11',
      'no mds server is up or the cluster is laggy',
      'ceph mount failed with (110)',
      'failed to mount local volume: ',
    ],
    pattern:
      /mount\.(?:nfs4?|lustre|ceph|wekafs|beegfs): [^\n]{0,160}(?:No route to host|Connection (?:timed out|refused)|Network is unreachable|Host is down|Failed to resolve server|[Cc]annot connect to cluster)|mount error 110\b|mount error\(11[0-5]\)|no mds server is up or the cluster is laggy|ceph mount failed with \(110\)|failed to mount local volume: [^\n]{0,200}(?:connection refused|no route to host|connection timed out|i\/o timeout)/,
    sees: [
      'mount.nfs: No route to host',
      'mount.nfs: Failed to resolve server nas-01: Name or service not known',
      'mount error: no mds server is up or the cluster is laggy',
      "docker: Error response from daemon: error while mounting volume '/var/lib/docker/volumes/data/_data': failed to mount local volume: mount :/export:/x, data: addr=10.0.1.2: connection refused",
    ],
    ignores: ['mount.nfs: timeout set for Fri Nov 20 03:12:59 2026'],
  },
  {
    id: 'mount.options.wrong',
    summary: 'a mount is refused for its kind, its options or a helper that is not installed',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2, 'user-code-error': 2, 'host-hardware-fault': 0.3 },
    source: mount,
    literals: [
      'wrong fs type, bad option, bad superblock on',
      'bad option; for several filesystems',
      'incorrect mount option was specified',
      'mount: unknown filesystem type',
      'libceph: bad option',
      'are the lustre modules loaded',
      'rpc.statd is not running but is required',
    ],
    pattern:
      /wrong fs type, bad option, bad superblock on|bad option; for several filesystems|incorrect mount option was specified|mount: unknown filesystem type|libceph: bad option|Are the lustre modules loaded|rpc\.statd is not running but is required/,
    sees: [
      'mount: wrong fs type, bad option, bad superblock on nas-01:/export/data, missing codepage or helper program, or other error.',
      'mount.nfs: rpc.statd is not running but is required for remote locking.',
    ],
    ignores: ['mount: /data mounted.'],
  },
  {
    // Also for names that nobody has exported, which shells and editors ask for all day.
    id: 'mount.automounter.failed',
    summary: 'the automounter could not mount what was asked for',
    role: 'context',
    weighs: { 'shared-fs-problem': 1.6 },
    source: 'https://git.kernel.org/pub/scm/linux/storage/autofs/autofs.git',
    literals: ['automount['],
    pattern: /automount\[\d{1,8}\]: (?:[\w()]{1,40}: )?(?:nfs: mount failure|failed to mount|mount\(nfs\))/,
    sees: ['automount[812]: mount(nfs): nfs: mount failure nas-01:/projects/user on /projects/user'],
    ignores: ['automount[812]: expired /projects/user'],
  },
  {
    // The numbers from 512 on are the kernel's own, which an NFS client lets out when its server and it disagree.
    id: 'fs.server.errno',
    summary: 'a call on a file fails with an error that only the server of a network file system brings about',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.4 },
    source: nfs,
    literals: ['errno 112]', 'errno 113]', 'unknown error 512', 'unknown error 52', 'host is down'],
    pattern:
      /\[Errno 11[23]\][^\n]{0,60}: b?['"]\/|Unknown error (?:512|52[1-35-8])\b|(?<=\/[^\n]{1,200}: )Host is down/,
    sees: [
      "OSError: [Errno 112] Host is down: '/data/run/train.idx'",
      'OSError: [Errno 521] Unknown error 521',
      'ls: cannot access /data: Host is down',
    ],
    ignores: ['OSError: [Errno 113] No route to host', 'Unknown error 5'],
  },
  {
    id: 'fs.operation.unsupported',
    summary: 'the file system does not know the operation that a program asks of a file',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.2, 'user-code-error': 1.4, 'container-toolkit-misconfig': 0.3 },
    source: 'https://man7.org/linux/man-pages/man3/errno.3.html',
    literals: ['errno 95]', 'errno 38]', 'os error 95)'],
    pattern: /\[Errno (?:95|38)\][^\n]{0,60}: b?['"]|\(os error 95\)/,
    sees: [
      "OSError: [Errno 95] Operation not supported: '/data/run/x'",
      "OSError: [Errno 38] Function not implemented: '/data/run/lock'",
    ],
    ignores: ['OSError: [Errno 38] Function not implemented', 'OSError: [Errno 95] Operation not supported'],
  },
  {
    id: 'fuse.device.refused',
    summary: 'a container or a user may not use FUSE, on which a file system rests',
    role: 'cause',
    weighs: { 'permission-misconfig': 2.4, 'container-toolkit-misconfig': 2 },
    source: fuse,
    literals: ['/dev/fuse', 'fuse: device not found', 'fuse device not found', 'fusermount'],
    pattern:
      /(?:failed to |cannot |[Cc]ould not )?open(?:ing)? \/dev\/fuse: (?:Operation not permitted|Permission denied|No such)|fuse:? device not found|fusermount3?: (?:mount failed: Operation not permitted|option allow_other only allowed|entry for)/,
    sees: [
      'fuse: failed to open /dev/fuse: Operation not permitted',
      "fusermount: fuse device not found, try 'modprobe fuse' first",
      'fusermount3: mount failed: Operation not permitted',
    ],
    ignores: ['fuse: init (API version 7.34)'],
  },
  {
    id: 'fuse.store.not-mounted',
    summary: 'a bucket cannot be mounted as a file system; the reason stands beside it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2, 'user-code-error': 1.6, 'permission-misconfig': 1.4 },
    source: 'https://github.com/GoogleCloudPlatform/gcsfuse/blob/master/cmd/mount.go',
    literals: [
      'mountpoint is not empty',

      'blobfuse2: error: ',
      'failed to access bucket',
      'unable to mount file system, see syslog',
      'mountwithargs: ',
      'mountwithstoragehandle: ',
      'failed to create mount process',
      'is not configured correctly: ',
      'mountpoint directory /',
      '::cli: timeout after',
      '<fatal>: meta ',
    ],
    pattern:
      /fuse: mountpoint is not empty|MOUNTPOINT directory \/\S{0,200} is not empty|blobfuse2: Error: (?:mount directory is not empty|failed to)|s3fs: Failed to access bucket|Unable to mount file system, see syslog|mountWith(?:Args|StorageHandle): |Failed to create mount process|mountpoint_s3\w{0,10}::cli: timeout after|juicefs\[\d{1,8}\] <FATAL>: (?:Storage \S{1,200} is not configured correctly: |Meta \S{1,200} is not available: )/,
    sees: [
      's3fs: Failed to access bucket.',
      'blobfuse2: Error: mount directory is not empty',
      'juicefs[4242] <FATAL>: Meta redis://10.0.1.2:6379/1 is not available: dial tcp 10.0.1.2:6379: i/o timeout',
      'Error: Failed to create mount process: operation timed out',
      '[ERROR] mountpoint_s3::cli: timeout after 30s waiting for message from child process',
    ],
    ignores: ['<INFO>: OK, data is ready at /data'],
  },
]);

import { lineDetector } from './line-patterns.ts';

const errno = 'https://man7.org/linux/man-pages/man3/errno.3.html';
const sunrpc = 'https://github.com/torvalds/linux/blob/master/net/sunrpc/clnt.c';

/** Files behind a server: NFS, mounts that fail, and the errors that any network file system returns. */
export const networkFs = lineDetector('network-fs', [
  {
    id: 'nfs.server.not-responding',
    summary: 'an NFS server does not answer',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8, 'rdma-link-fault': 0.3, 'facility-fault': 0.3 },
    source: sunrpc,
    literals: ['not responding, ', 'nfs: ', 'has not responded in '],
    pattern:
      /(?:nfs4?|lockd|rpcbind): server \S{1,100} not responding, (?:still trying|timed out)|nfs: server \S{1,80} (?:not responding|timed out)|CIFS: VFS: \S{1,120} has not responded in \d{1,5} seconds/,
    sees: [
      'nfs: server 10.0.1.2 not responding, still trying',
      'nfs: server nas-01.example.org not responding, timed out',
      'lockd: server 10.0.1.2 not responding, still trying',
      'CIFS: VFS: \\\\nas-01 has not responded in 180 seconds. Reconnecting...',
    ],
    ignores: ['nfs: server 10.0.1.2 OK', 'FS-Cache: Netfs nfs: registered for caching'],
  },
  {
    id: 'nfs.state.lost',
    summary: 'an NFS client lost its state or its locks on the server',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.6 },
    source: 'https://github.com/torvalds/linux/blob/master/fs/nfs/nfs4state.c',
    literals: [
      'nfs: state manager',
      'nfs4_reclaim',
      'lock reclaim failed',
      'state recovery failed',
      'fileid changed',
      'nfsv4 server',
      'nfs4_discover_server_trunking',
      'nfs4_handle_reclaim_lease_error',
      'reports our clientid is in use',
    ],
    pattern:
      /NFS: state manager[^\n]{0,60}failed|NFS: nfs4_reclaim\w{0,30}:[^\n]{0,60}(?:failed|unhandled)|NFS: ?\w{0,40}:? ?[Ll]ock reclaim failed|state recovery failed for open file|NFS: server [^\n]{1,80} error: fileid changed|nfs4_discover_server_trunking[^\n]{0,20} unhandled error -\d|nfs4_handle_reclaim_lease_error: handled error|reports our clientid is in use/,
    sees: [
      'NFS: nfs4_reclaim_open_state: Lock reclaim failed!',
      'NFS: state manager: lease expired failed on NFSv4 server 10.0.1.2 with error 5',
      'NFS: server nas-01 error: fileid changed',
      'NFS: nfs4_discover_server_trunking unhandled error -512. Exiting with error EIO',
    ],
    ignores: ['NFS: Registering the id_resolver key type'],
  },
  {
    id: 'nfs.mount.refused',
    summary: 'a file system of a server could not be mounted',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.8, 'permission-misconfig': 1.8, 'user-code-error': 0.3 },
    source: 'https://github.com/linux-nfs/nfs-utils/blob/master/utils/mount/error.c',
    literals: [
      'mount.nfs',
      'mount.lustre',
      'mount.ceph',
      'mount.beegfs',
      'failedmount',
      'mountvolume.',
      'mount process exited',
      'while mounting',
      'dependency failed for /',
    ],
    pattern:
      /mount\.(?:nfs4?|lustre|ceph|beegfs): (?!timeout set|trying|mount\(2\): No error)[^\n]{0,160}(?:failed|denied|timed out|refused|No such|No route|not found|Input\/output|Protocol|stale|error)|MountVolume\.(?:SetUp|MountDevice|WaitForAttach) failed for volume|FailedMount\b|\.mount: Mount process exited, code=exited, status=[1-9]|Dependency failed for \/|access denied by server while mounting/i,
    sees: [
      'mount.nfs: access denied by server while mounting 10.0.1.2:/export/data',
      'mount.nfs: Connection timed out',
      'MountVolume.SetUp failed for volume "dataset" : mount failed: exit status 32',
      'systemd[1]: data.mount: Mount process exited, code=exited, status=32/n/a',
    ],
    ignores: ['mount.nfs: timeout set for Fri Nov 20 03:12:59 2026', 'systemd[1]: Mounted /data.'],
  },
  {
    id: 'fs.stale-handle',
    summary: 'a network file system lost the file or its server',
    role: 'cause',
    weighs: { 'shared-fs-problem': 6 },
    source: errno,
    literals: [
      'stale file handle',
      'stale nfs',
      'errno 116]',
      'estale',
      'transport endpoint',
      'errno 108]',
      'remote i/o error',
      'errno 121]',
      'os error 116',
      'os error 108',
    ],
    // Errno 107 of a socket names no file; the same of a file system does, or its words stand beside a mount.
    pattern:
      /[Ss]tale (?:NFS )?file handle|\[Errno (?:116|108|121)\]|os error (?:116|108)\b|\bESTALE\b|Cannot send after transport endpoint shutdown|Remote I\/O error/,
    sees: [
      "OSError: [Errno 116] Stale file handle: '/data/run/train.idx'",
      "FileNotFoundError: [Errno 108] Cannot send after transport endpoint shutdown: '/scratch/run'",
      'ls: cannot access /data: Stale file handle',
    ],
    ignores: ['nfs: server 10.0.1.2 OK'],
  },
  {
    // NFS takes an exclusive lock only of a file that is open for writing; Lustre needs the mount option flock.
    id: 'fs.lock.refused',
    summary: 'the file system on which the program runs does not give it a file lock',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8, 'user-code-error': 0.6 },
    source: 'https://man7.org/linux/man-pages/man2/flock.2.html',
    literals: [
      'flock: ',
      'flock()',
      'flock failed: ',
      'errno 524]',
      'unable to lock file',
      'operationalerror: locking protocol',
    ],
    pattern:
      /\bflock(?:: (?:[^\s:]{0,80}: )?|\(\)(?: failed)?:? | failed: )(?:Bad file descriptor|Function not implemented|Operation not supported|Input\/output error)|\[Errno 524\]|unable to lock file, errno = \d{1,3}|OperationalError: locking protocol/,
    sees: [
      'flock: 200: Bad file descriptor',
      'Fatal: flock: Bad file descriptor',
      'flock() failed: Function not implemented',
      'OSError: [Errno 524] Unknown error 524',
      'sqlite3.OperationalError: locking protocol',
      "OSError: Unable to open file (unable to lock file, errno = 11, error message = 'Resource temporarily unavailable')",
    ],
    ignores: ['flock: /run/lock/job: opened', 'flock: failed to get lock'],
  },
  {
    id: 'fs.lock.frame',
    summary: 'a traceback ends, or waited, in the call that locks a file',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.4, 'user-code-error': 0.6 },
    source: 'https://docs.python.org/3/library/fcntl.html',
    literals: ['fcntl.flock(', 'fcntl.lockf('],
    pattern: /^(?:[^\n]{0,60}[|:\]])?\s{2,20}_?fcntl\.(?:flock|lockf)\(/,
    sees: ['    fcntl.flock(file, op)', '[rank0]:     fcntl.flock(self.lock_fd, fcntl.LOCK_EX)'],
    ignores: ['import fcntl', 'uses fcntl.flock() for locks'],
  },
  {
    id: 'fs.not-shared',
    summary: 'a program asks for a path that every node sees',
    role: 'context',
    weighs: { 'shared-fs-problem': 2, 'user-code-error': 0.4 },
    source: 'https://github.com/huggingface/accelerate/issues/3010',
    literals: [
      'shared file',
      'shared storage',
      'visible to ',
      'visible from ',
      'visible on ',
      'visible by ',
      'accessible to ',
      'accessible from ',
      'accessible on ',
      'accessible by ',
    ],
    pattern:
      /(?:not|n't|must be|should be|is it|make sure|ensure)[^\n]{0,80}(?:on (?:a )?shared (?:file ?system|storage)|(?:visible|accessible) (?:to|from|on|by) (?:all|every) nodes?)/i,
    sees: ['RuntimeError: data cache is not visible to all nodes: make sure the path is on a shared filesystem'],
    ignores: ['Using a shared filesystem at /data'],
  },
]);

import { lineDetector } from './line-patterns.ts';

/** Locks that a file system does not give, and object stores that answer too late. */
export const fileLocks = lineDetector('file-locks', [
  {
    id: 'fs.locks.unsupported',
    summary: 'the file system gives no locks: an NFS mount without a lock service, or one that lost it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8, 'ulimit-too-low': 0.4 },
    source: 'https://man7.org/linux/man-pages/man2/fcntl.2.html',
    literals: ['no locks available', 'enolck', 'lockd: server', 'locking is not supported'],
    pattern:
      /\bNo locks available\b|\bENOLCK\b|lockd: server \S{1,80} not responding|locking is not supported (?:on|by) (?:this|the) (?:file ?system|mount)/i,
    sees: ['OSError: [Errno 37] No locks available', 'lockd: server fs1 not responding, still trying'],
    ignores: ['no locks are held'],
  },
  {
    id: 'fs.locks.held-or-broken',
    summary:
      'a file or a small data base cannot be locked or read: another process holds it, or its storage is shared badly',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.2, 'user-code-error': 1.4, 'disk-full': 0.4 },
    source: 'https://www.sqlite.org/faq.html#q5',
    literals: ['unable to lock file', 'database is locked', 'disk i/o error', 'database disk image is malformed'],
    pattern:
      /[Uu]nable to lock file|database is locked|sqlite3?\.\w{5,20}: disk I\/O error|database disk image is malformed/,
    sees: [
      "BlockingIOError: [Errno 11] Unable to open file (unable to lock file, errno = 11, error message = 'Resource temporarily unavailable')",
      'sqlite3.OperationalError: database is locked',
      'sqlite3.OperationalError: disk I/O error',
    ],
    ignores: ['the database is open'],
  },
  {
    id: 'fs.locks.worked-around',
    summary: 'a library finds that the file system gives no locks and makes its own',
    role: 'context',
    weighs: { 'shared-fs-problem': 0.8 },
    source: 'https://github.com/huggingface/huggingface_hub/blob/main/src/huggingface_hub/utils/_fixes.py',
    literals: ['does not appear to support flock'],
    pattern: /FileSystem does not appear to support flock/,
    sees: ['FileSystem does not appear to support flock. Falling back to SoftFileLock for /data/hf/.locks/x.lock'],
    ignores: ['acquired filelock'],
  },
  {
    id: 'fs.database.not-writable',
    summary: 'a small data base cannot be opened or written where it lies',
    role: 'cause',
    weighs: { 'permission-misconfig': 2.4, 'user-code-error': 1.4, 'shared-fs-problem': 1 },
    source: 'https://www.sqlite.org/rescode.html',
    literals: ['attempt to write a readonly database', 'unable to open database file'],
    pattern: /attempt to write a readonly database|unable to open database file/,
    sees: [
      'sqlite3.OperationalError: attempt to write a readonly database',
      'sqlite3.OperationalError: unable to open database file',
    ],
    ignores: ['opened the database read-only'],
  },
  {
    id: 'object-store.too-slow',
    summary: 'an object store answers too late',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.2, 'firewall-blocked': 0.8, 'facility-fault': 0.3 },
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
    literals: ['timeout on endpoint url', 'read timeout on endpoint'],
    pattern: /(?:Read|Connect) timeout on endpoint URL/,
    sees: [
      'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "https://s3.example.com/bucket/shard-0001.tar"',
    ],
    ignores: ['endpoint URL: https://s3.example.com'],
  },
]);

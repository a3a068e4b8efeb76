import { lineDetector } from './line-patterns.ts';

const lmdb = 'https://github.com/jnwatson/py-lmdb/blob/master/lmdb/cffi.py';
const streaming = 'https://github.com/mosaicml/streaming/tree/main/streaming/base';
const webdataset = 'https://github.com/webdataset/webdataset/blob/main/src/webdataset/gopen.py';

/** Stores of training data that are used in a way which they do not allow, and streams of them that break off. */
export const dataFormats = lineDetector('data-formats', [
  {
    id: 'data.lmdb.map-full',
    summary: 'a data base in a mapped file has reached the size that the program gave it',
    role: 'cause',
    weighs: { 'user-code-error': 4.2, 'disk-full': 1 },
    source: lmdb,
    literals: ['mapfullerror', 'mdb_map_full'],
    pattern: /\bMapFullError: |\bMDB_MAP_FULL\b/,
    sees: [
      'lmdb.MapFullError: mdb_put: MDB_MAP_FULL: Environment mapsize limit reached',
      'MDB_MAP_FULL: Environment mapsize limit reached',
    ],
    ignores: ['map_size=1099511627776'],
  },
  {
    // The tables of a data base that was opened before the loader's processes were forked.
    id: 'data.lmdb.opened-twice',
    summary: 'a data base in a mapped file is opened too often, or by a process that was forked afterwards',
    role: 'cause',
    weighs: { 'user-code-error': 3.8, 'framework-bug': 0.8, 'shared-fs-problem': 0.6 },
    source: lmdb,
    literals: ['mdb_readers_full', 'mdb_bad_rslot', 'is already open in this process', 'lmdb.lockerror'],
    pattern:
      /\bMDB_(?:READERS_FULL|BAD_RSLOT)\b|The environment '[^'\n]{1,300}' is already open in this process|\blmdb\.LockError: /,
    sees: [
      'lmdb.BadRslotError: mdb_txn_begin: MDB_BAD_RSLOT: Invalid reuse of reader locktable slot',
      "lmdb.Error: The environment '/data/train.lmdb' is already open in this process.",
    ],
    ignores: ['lmdb: readers 12 of 126'],
  },
  {
    id: 'data.streaming.left-over',
    summary: 'shared memory or a local folder of an earlier or another run of the data set is in the way',
    role: 'cause',
    weighs: { 'user-code-error': 2.8, 'foreign-gpu-process': 0.4, 'framework-bug': 1, 'launcher-rank-misconfig': 0.6 },
    source: streaming,
    literals: [
      'reused local directory: ',
      '_locals',
      '_barrier',
      '_cache_usage',
      '_shard_',
      '_next_epoch',
      'registered does not match',
      '_filelock',
    ],
    pattern:
      /Reused local directory: \[|\[Errno (?:2|17)\] [^\n]{4,40}: '\/?\d{6}_(?:locals|barrier|cache_usage|shard_\w{1,20}|next_epoch|filelock)'|shared memory registered does not match/,
    sees: [
      "ValueError: Reused local directory: ['/tmp/train'] vs ['/tmp/train']. Provide a different one.",
      "FileExistsError: [Errno 17] File exists: '/000000_locals'",
      "FileNotFoundError: [Errno 2] No such file or directory: '/000000_barrier'",
    ],
    ignores: ["FileExistsError: [Errno 17] File exists: '/data/run/cache'"],
  },
  {
    id: 'data.streaming.cache-too-small',
    summary: 'the local cache of a streamed data set may not hold what the workers need at once',
    role: 'cause',
    weighs: { 'user-code-error': 3.8, 'disk-full': 0.8 },
    source: streaming,
    literals: ['attempted shard eviction', 'cache limit ('],
    pattern: /Attempted shard eviction, but there are no shards present|[Cc]ache limit \(\d{1,20} bytes\) is too low/,
    sees: [
      'RuntimeError: Attempted shard eviction, but there are no shards present locally to evict. Your cache limit may be too low.',
      'ValueError: Cache limit (1000 bytes) is too low. Increase the `cache_limit` to at-least four times the largest shard size',
    ],
    ignores: ['cache_limit: 100gb'],
  },
  {
    id: 'data.stream.broken',
    summary: 'a command or thread that fetches shards of the data ended with an error; the reason stands beside it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 1.8, 'user-code-error': 1.8, 'permission-misconfig': 0.6, 'firewall-blocked': 0.4 },
    source: webdataset,
    literals: ['(read) {', 'curl exited with', 'pipe:', 'failed to download index.json', 'objectstoretransienterror'],
    pattern:
      /'pipe:[^\n]{1,300}: exit [1-9]\d{0,2} \(read\)|curl exited with (?:code |status )?[1-9]|[Ff]ailed to download index\.json|ObjectStoreTransientError/,
    sees: [
      "OSError: ((('pipe:aws s3 cp s3://data/shard-000012.tar -', 'rb'), {}): exit 1 (read) {'verbose': False})",
      'RuntimeError: Failed to download index.json: s3://data/index.json to /tmp/index.json',
    ],
    ignores: ["urls='pipe:aws s3 cp s3://data/shard-{000000..000012}.tar -'"],
  },
  {
    id: 'data.thread.failed',
    summary: 'a thread of the data set failed; what failed stands in another traceback',
    role: 'symptom',
    weighs: {},
    source: streaming,
    literals: ['check other traceback'],
    pattern: /(?:Background thread|One of the threads) failed\. Check other traceback/,
    sees: [
      'RuntimeError: Background thread failed. Check other traceback.',
      'RuntimeError: One of the threads failed. Check other traceback for more details.',
    ],
    ignores: ['Traceback (most recent call last):'],
  },
  {
    id: 'data.array.group-missing',
    summary: 'an array or a group is not in the store where the program looks for it',
    role: 'cause',
    weighs: { 'user-code-error': 3.4, 'checkpoint-corruption': 0.8, 'shared-fs-problem': 0.3 },
    source: 'https://github.com/zarr-developers/zarr-python/blob/main/src/zarr/errors.py',
    literals: ['zarr.errors.'],
    pattern: /zarr\.errors\.(?:PathNotFound|GroupNotFound|ArrayNotFound|NodeNotFound)Error: /,
    sees: [
      "zarr.errors.PathNotFoundError: nothing found at path ''",
      "zarr.errors.GroupNotFoundError: group not found at path ''",
    ],
    ignores: ['import zarr.errors'],
  },
]);

/** Who wrote a line, as far as the line or its file path says so in a field meant for it. */
export interface Origin {
  readonly node?: string;
  readonly rank?: number;
  /** The rank counts within its node, as torchrun's tags and folders do; on one node it is the rank itself. */
  readonly rankIsLocal?: true;
}

/** Host and rank from the formats of known writers; a name somewhere in free text is never taken. */
export function readOrigin(text: string): Origin {
  const head = text.length > headCharsMax ? text.slice(0, headCharsMax) : text;
  const local = head.includes(']:') ? firstMatch(localRankPatterns, head) : null;
  const rank = local ?? (mayNameRank.test(head) ? firstMatch(rankPatterns, head) : null);
  const node = firstMatch(hostPatterns, head) ?? (mayNameHost.test(head) ? firstMatch(inwardHostPatterns, head) : null);
  const origin: { node?: string; rank?: number; rankIsLocal?: true } = {};
  if (node !== null && isHostName(node)) origin.node = node.toLowerCase();
  if (rank !== null) origin.rank = Number(rank);
  if (local !== null) origin.rankIsLocal = true;
  return origin;
}

/** Names by the inventory's rule, and no bare numbers (counters, times) or names that every node has. */
export function isHostName(name: string): boolean {
  return hostPattern.test(name) && /[a-z]/i.test(name) && !/^localhost(?:\.|$)/i.test(name);
}

const hostPattern = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;
const headCharsMax = 300;

const localRankPatterns: readonly RegExp[] = [
  // [default3]:… (torchrun --tee), [3]:… (older torchrun); alone on its line it is an item of a failure summary
  /^\s{0,4}\[default(\d{1,6})\]:/,
  /^\[(\d{1,6})\]:(?=\s?\S)/,
];

const rankPatterns: readonly RegExp[] = [
  // [rank3]: Traceback … (torch), [rank=1] || … (Determined), [rank: 3] … (Lightning), [Rank 6] … (c10d, DeepSpeed)
  // [rank3-restart0] … (HyperPod), [global_rank=3] …
  /\[(?:global_?)?rank[\s=:_]{0,2}(\d{1,6})(?:\/\d{1,6}|-restart\d{1,4})?\]/i,
  // [1,3]<stderr>: … (Open MPI 4), [prterun-node-07-4242@1,3]<stderr>: … (5), [3]<stdout>: … (Horovod)
  /\[(?:[\w.-]{1,80}@)?(?:\d{1,6},)?(\d{1,6})\]<std(?:out|err)>/,
  // [PG ID 0 PG GUID 0(default_pg) Rank 3] …
  /\[PG (?:ID )?[^\]]{1,80} Rank (\d{1,6})\]/,
  // 2026-11-21 03:12:59,123: rank3[4242][MainThread]: DEBUG: … (Composer)
  /(?:^|\s)rank(\d{1,6})\[\d{1,9}\]\[[\w -]{1,40}\]:/,
  // Initializing distributed: GLOBAL_RANK: 3, MEMBER: 4/16 (Lightning)
  /\bGLOBAL_RANK: (\d{1,6}), MEMBER: \d/,
  // [NeMo I 2026-11-21 03:12:59 megatron_init:225] Rank 3 has data parallel group : …
  /^\[NeMo [A-Z] [^\]]{1,80}\] Rank (\d{1,6}) has /,
  //   rank      : 3 (local_rank: 3) (torch elastic's failure summary)
  /^\s{2}rank\s{1,8}: (\d{1,6}) \(local_rank: \d{1,4}\)$/,
];

/** One of these stands in every line that a pattern below matches: most lines are done with that. */
const mayNameRank = /rank|<std/i;
const mayNameHost = /\d \[|\*{3} |srun: |Node failure on /;

const host = '([A-Za-z0-9][\\w.-]{0,62})';
const iso = String.raw`20\d{2}-\d{2}-\d{2}[T ][\d:.,]{8,18}`;
const offset = String.raw`(?:Z|[+-]\d{2}:?\d{2})`;

/** At the start of the line. */
const hostPatterns: readonly RegExp[] = [
  // Nov 21 03:12:59 node-07 kernel: … · 2026-11-21T03:12:59.123456+00:00 node-07 kernel: …
  // Sat 2026-11-21 03:12:59 UTC node-07 kernel: … · 1795230779.123456 node-07 kernel: … (journalctl)
  new RegExp(
    String.raw`^(?:<\d{1,3}>)?(?:(?:20\d{2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} [\d:.]{8,18}|20\d{2}-\d{2}-\d{2}T[\d:.,]{8,18}${offset}?|[A-Z][a-z]{2} ${iso} [A-Z]{3,5}|1[5-9]\d{8}\.\d{6}) ${host} [\w./@()-]{1,64}(?:\[\d{1,8}\])?:`,
  ),
  // <34>1 2026-11-21T03:12:59.003Z node-07 slurmd 4242 - - … (RFC 5424)
  new RegExp(String.raw`^<\d{1,3}>1 ${iso}${offset} ${host} [\w./@()-]{1,64} \S{1,128} `),
  // [ 1843.308145] node-07 kernel: … (journalctl -o short-monotonic); the kernel's own lines name no host there
  new RegExp(String.raw`^\[\s{0,8}\d{1,9}\.\d{6}\] ${host} (?:kernel|[\w./@()-]{1,64}\[\d{1,8}\]): `),
  // [1795230779.123456] [node-02:1:0] ib_log.c:246 UCX ERROR …
  new RegExp(String.raw`^\[\d{10}\.\d{3,9}\] \[${host}:\d{1,9}:\d{1,9}\]`),
  // [node-07:04242] *** Process received signal *** (Open MPI)
  new RegExp(String.raw`^\[${host}:\d{4,9}\] `),
  //   host      : node-07 (torch elastic's failure summary)
  new RegExp(String.raw`^\s{2}host\s{1,8}: ${host}$`),
  // node-07: [2026-11-21 03:12:59,123] [INFO] … (DeepSpeed by way of pdsh)
  new RegExp(String.raw`^(?=[\w.-]{0,62}\d)${host}: \[${iso}\] `),
];

/** Behind a tag or a time. */
const inwardHostPatterns: readonly RegExp[] = [
  // node-03:4242:4242 [2] NCCL WARN …
  // [2026-11-21 03:12:59] node-03:4242:4250 [2] src/…
  new RegExp(String.raw`(?:^|[\s:>])${host}:\d{1,8}:\d{1,8} \[-?\d{1,3}\]`),
  // slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT …
  new RegExp(String.raw`\*\*\* (?:JOB|STEP) [\w.+-]{1,40} ON ${host} `),
  // srun: error: node-03: task 3: …
  new RegExp(String.raw`srun: error: ${host}: tasks? [\d,-]{1,40}`),
  // srun: error: Node failure on node-03
  new RegExp(String.raw`Node failure on ${host}`),
];

/** Rank and node from a path such as `logs/main/job/rank-00012/…`, `attempt_0/3/stderr.log` or `dmesg-node-07.txt`. */
export function originOfPath(path: string): Origin {
  const rank = globalRankPattern.exec(path)?.[1] ?? workerPattern.exec(path)?.[1];
  const local = rank === undefined ? firstMatch(localRankPaths, path) : null;
  const node = nodeOfPath(path);
  return {
    ...(rank === undefined ? {} : { rank: Number(rank) }),
    ...(local === null ? {} : { rank: Number(local), rankIsLocal: true as const }),
    ...(node === null ? {} : { node }),
  };
}

// rank-00012/, rank_3.log, rank3.out, rank.03/stdout (mpirun --output-filename), global_rank_3.log; not local_rank_3
const globalRankPattern = /(?:^|[/_.-])(?<!local[_.-]?)(?:global[-_]?)?rank[-_.=]?0{0,8}(\d{1,6})(?=[/_.-]|$)/i;

// worker-3/stderr: one folder a worker process, as job runners lay them out
const workerPattern = /(?:^|\/)worker[-_]0{0,8}(\d{1,6})\/std(?:out|err)(?:\.(?:log|txt))?$/;

const localRankPaths: readonly RegExp[] = [
  // …/none_abc/attempt_0/3/stderr.log (torchrun --log-dir)
  /(?:^|\/)attempt_\d{1,6}\/(\d{1,6})\/(?:stdout|stderr)\.log/,
];

const componentsMax = 32;

function nodeOfPath(path: string): string | null {
  // logs/main/node-07/kernel/…: the layout that Wardround's own shipper writes, with any name
  const shipped = /(?:^|\/)([a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?)\/kernel\//.exec(path)?.[1];
  if (shipped !== undefined) return shipped;
  const components = path.split('/').slice(-componentsMax).toReversed();
  for (const component of components) {
    const name = hostInName(component);
    if (name !== null) return name;
  }
  return null;
}

/** A machine's name in a file or folder name, once the words for what is logged, job ids and ranks are off. */
function hostInName(component: string): string | null {
  if (component.length > componentCharsMax) return null;
  const stem = component
    .toLowerCase()
    .replace(/(?:\.(?:log|txt|out|err|json|jsonl|gz|zst|bz2|xz|\d{1,4}|stdout|stderr))+$/, '')
    .replace(/[-_.](?:(?:global|local)[-_]?)?rank[-_]?\d{1,6}$/, '')
    .replace(/[-_.](?:stdout|stderr|out|err|log|dmesg|kernel|kern|syslog|messages|journal)$/, '');
  const name = stem.replace(
    /^(?:(?:[a-z]{3,16}[-_.])?(?:\d{1,12}[-_.])+|(?:dmesg|kernel|kern|syslog|messages|journalctl|journal|slurm|job|logs?|train|training|stdout|stderr|out|err|nccl|sel|ipmi|fabricmanager|fabric-manager|dcgm|nvidia-smi|nvidia-bug-report|output)[-_.]){0,4}/,
    '',
  );
  return machinePattern.test(name) ? name : null;
}

const componentCharsMax = 128;
// node-07, gpu-node-07, dgx03, hgx-a800-12, compute-0-1, nid001234, cn17, ip-10-0-0-5; not "trainer-3" (a pod) or "gpu-3"
const machinePattern =
  /^(?:[a-z][a-z0-9]{0,15}-){0,2}(?:node|host|dgx|hgx|compute|server|nid|cn|ip)(?:-[a-z]{1,2}\d{1,4}|[a-z](?=\d))?-?\d{1,8}(?:-\d{1,4}){0,3}(?:\.[a-z][a-z0-9.-]{0,40})?$/;

function firstMatch(patterns: readonly RegExp[], head: string): string | null {
  for (const pattern of patterns) {
    const found = pattern.exec(head)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}

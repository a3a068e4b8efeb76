/** Who wrote a line, as far as the line or its file path says so in a field meant for it. */
export interface Origin {
  readonly node?: string;
  readonly rank?: number;
}

/** Host and rank from the formats of known writers; a name somewhere in free text is never taken. */
export function readOrigin(text: string): Origin {
  const head = text.length > headCharsMax ? text.slice(0, headCharsMax) : text;
  const rank = firstMatch(rankPatterns, head);
  const node = firstMatch(hostPatterns, head);
  const origin: { node?: string; rank?: number } = {};
  if (node !== null && isHostName(node)) origin.node = node.toLowerCase();
  if (rank !== null) origin.rank = Number(rank);
  return origin;
}

/** Rank and node from a path such as `logs/main/job/rank-00012/…` or `logs/main/node-07/kernel/…`. */
export function originOfPath(path: string): Origin {
  const rank = /(?:^|[/_.-])rank[-_]?0{0,8}(\d{1,6})(?=[/_.-]|$)/i.exec(path)?.[1];
  const node = /(?:^|\/)([a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?)\/kernel\//.exec(path)?.[1];
  return { ...(rank === undefined ? {} : { rank: Number(rank) }), ...(node === undefined ? {} : { node }) };
}

const headCharsMax = 300;

const rankPatterns: readonly RegExp[] = [
  // [rank3]: Traceback … (torch), [rank3]:[W1121 03:12:59 …
  // [rank=1] || … (Determined)
  /\[rank[\s=]?(\d{1,6})\]/i,
  // [default3]: … (torchrun --tee), [3]: … (older torchrun)
  /^\s{0,4}\[default(\d{1,6})\]:/,
  /^\s{0,4}\[(\d{1,6})\]: ?/,
  // [1,3]<stderr>: … (Open MPI --tag-output)
  /\[\d{1,6},(\d{1,6})\]<std(?:out|err)>/,
  // [Rank 3] Watchdog caught … · [PG ID 0 PG GUID 0(default_pg) Rank 3] …
  /\[(?:PG (?:ID )?[^\]]{1,80} )?Rank (\d{1,6})\]/,
];

const hostPatterns: readonly RegExp[] = [
  // node-03:4242:4242 [2] NCCL WARN …
  /(?:^|[\s:>])([A-Za-z0-9][\w.-]{0,62}):\d{1,8}:\d{1,8} \[-?\d{1,3}\]/,
  // [2026-11-21 03:12:59] node-03:4242:4250 [2] src/…
  // Nov 21 03:12:59 node-07 kernel: … · 2026-11-21T03:12:59.123456+00:00 node-07 kernel: …
  /^(?:<\d{1,3}>)?(?:(?:20\d{2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} [\d:.]{8,18}|20\d{2}-\d{2}-\d{2}T[\d:.,]{8,18}(?:Z|[+-]\d{2}:?\d{2})?) ([A-Za-z0-9][\w.-]{0,62}) [\w./@()-]{1,64}(?:\[\d{1,8}\])?:/,
  // slurmstepd: error: *** JOB 4242 ON node-03 CANCELLED AT …
  /\*\*\* (?:JOB|STEP) [\w.+-]{1,40} ON ([A-Za-z0-9][\w.-]{0,62}) /,
  // srun: error: node-03: task 3: …
  /srun: error: ([A-Za-z0-9][\w.-]{0,62}): tasks? [\d,-]{1,40}/,
  // srun: error: Node failure on node-03
  /Node failure on ([A-Za-z0-9][\w.-]{0,62})/,
];

function firstMatch(patterns: readonly RegExp[], head: string): string | null {
  for (const pattern of patterns) {
    const found = pattern.exec(head)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}

// The inventory's rule for names, and no bare numbers: those are counters or times.
const hostPattern = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;

function isHostName(name: string): boolean {
  return hostPattern.test(name) && /[a-z]/i.test(name);
}

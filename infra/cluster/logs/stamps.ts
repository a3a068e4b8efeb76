/** `Nov 21 03:12:59`, rsyslog's traditional form. */
export function syslogStamp(ms: number): string {
  const text = new Date(ms).toUTCString(); // Sat, 21 Nov 2026 03:12:59 GMT
  return `${text.slice(8, 11)} ${String(Number(text.slice(5, 7))).padStart(2)} ${text.slice(17, 25)}`;
}

/** `[2026-11-21T03:12:59.123]`, as the daemons of Slurm write with LogTimeFormat=iso8601_ms. */
export function slurmStamp(ms: number): string {
  return `[${new Date(ms).toISOString().slice(0, 23)}]`;
}

/** `[Nov 21 2026 03:12:59]`, as the fabric manager writes. */
export function fabricStamp(ms: number): string {
  const text = new Date(ms).toUTCString();
  return `[${text.slice(8, 11)} ${text.slice(5, 7)} ${text.slice(12, 16)} ${text.slice(17, 25)}]`;
}

/** A line of the system log: `Nov 21 03:12:59 node-07 systemd[1]: text`. */
export function syslogLine(atMs: number, host: string, tag: string, text: string) {
  return { atMs, text: `${syslogStamp(atMs)} ${host} ${tag}: ${text}` };
}

import { SourceError, type SourceText } from './draft.ts';
import { shown } from './names.ts';

/** One entity of `scontrol show`: a node, a job, a switch. */
export interface SlurmRecord {
  /** `FILE:LINE` of its first line. */
  readonly place: string;
  /** Name of its first field: `NodeName`, `JobId`, `SwitchName`, … */
  readonly kind: string;
  /** The whole record as one line. */
  readonly text: string;
}

/**
 * The records of one or more outputs of `scontrol show node|job|topology`, one a line (`-o`) or several lines each, in
 * any order and mixed. Lines of a shell around them (`$ scontrol …`) are refused, so that nothing passes unread.
 */
export function slurmRecords({ name, text }: SourceText): readonly SlurmRecord[] {
  const records: { place: string; kind: string; lines: string[] }[] = [];
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '' || isSmallTalk(line)) continue;
    const kind = /^([A-Z][A-Za-z]{2,30})=/.exec(line)?.[1];
    if (kind !== undefined) records.push({ place: `${name}:${at + 1}`, kind, lines: [line] });
    else if (/^\s/.test(line) && records.length > 0) records.at(-1)?.lines.push(line.trim());
    else throw new SourceError(`${name}:${at + 1}`, `"${shown(line)}" is no output of scontrol show`);
  }
  return records.map(({ place, kind, lines }) => ({ place, kind, text: lines.join(' ') }));
}

/** What scontrol says where there is nothing to show. */
function isSmallTalk(line: string): boolean {
  return /^(No jobs in the system|No nodes in the system|No topology information available)\.?$/.test(line);
}

/** Does a field stand more than once, so that a name or a comment of a user may imitate it? */
export function standsTwice(text: string, field: string): boolean {
  return [...` ${text}`.matchAll(new RegExp(` ${field}=`, 'g'))].length > 1;
}

/** The first value of a field; `null` where it is missing or has none. Slurm's own fields stand before people's text. */
export function fieldOf(text: string, field: string): string | null {
  const value = new RegExp(` ${field}=(\\S*)`).exec(` ${text}`)?.[1] ?? '';
  return value === '' || value === '(null)' || value === 'N/A' ? null : value;
}

export interface SlurmGres {
  /** Whole GPUs by the site's type name; the empty name where no type is given. */
  readonly gpus: readonly { readonly type: string; readonly count: number }[];
  /** Parts of GPUs: MIG instances and shards. */
  readonly parts: readonly string[];
}

/**
 * `gpu:a800:8`, `gpu:8`, `gpu:A800:8(S:0-1)`, `gpu:a100:6,gpu:a100_1g.10gb:14`, with or without `no_consume`.
 * https://slurm.schedmd.com/gres.html
 */
export function gresOf(value: string): SlurmGres {
  const gpus: { type: string; count: number }[] = [];
  const parts: string[] = [];
  for (const one of value.replaceAll(/\([^)]*\)/g, '').split(',')) {
    const [name, ...rest] = one.split(':');
    if (name === 'shard' || name === 'mps') parts.push(one);
    if (name !== 'gpu') continue;
    const words = rest.filter((word) => word !== 'no_consume');
    const last = words.at(-1) ?? '1';
    const counts = /^\d{1,4}$/.test(last);
    const type = (counts ? words.slice(0, -1) : words).join(':');
    if (migPattern.test(type)) parts.push(one);
    else gpus.push({ type, count: counts ? Number(last) : 1 });
  }
  return { gpus: gpus.filter(({ count }) => count > 0), parts };
}

// `nvidia_a100_1g.10gb`, `1g.5gb`: https://slurm.schedmd.com/gres.html#MIG_Management
const migPattern = /(^|_)\d{1,2}g\.\d{1,3}gb/;

/** `0-6,8`: ranks as people write them, in ascending order. */
export function ranksText(ranks: Iterable<number>): string {
  const sorted = [...new Set(ranks)].toSorted((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    parts.push(end === at ? `${sorted[at]}` : `${sorted[at]}-${sorted[end]}`);
    at = end + 1;
  }
  return parts.length <= partsMax ? parts.join(',') : `${parts.slice(0, partsMax).join(',')},… (${sorted.length})`;
}

// Scattered ranks beyond this many pieces are counted, not listed.
const partsMax = 24;

/** `rank 3` or `ranks 0-2`. */
export function ranksNamed(ranks: readonly number[]): string {
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${ranksText(ranks)}`;
}

/**
 * The rank in the name of a dump: torch appends it to a prefix (`nccl_trace_rank_3`, `comm_lib_trace_rank_3`), people
 * add endings (`rank3.json`) or give each rank a folder (`rank_3/dump.pkl`, `3/dump.pkl`). `null` if there is none.
 */
export function rankOfName(name: string): number | null {
  const segments = name.split(/[/\\]/).filter((segment) => segment !== '');
  const base = (segments.pop() ?? '').replace(endings, '');
  const folder = segments.at(-1) ?? '';
  const found = ranked(base) ?? /(\d{1,7})$/.exec(base)?.[1] ?? ranked(folder) ?? /^(\d{1,7})$/.exec(folder)?.[1];
  return found === undefined ? null : Number(found);
}

const endings = /(?:\.(?:json|pkl|pickle|bin|txt|log|trace|dump|gz|zst)){1,4}$/i;

function ranked(text: string): string | undefined {
  return /(?:^|[^a-z])rank[_\-. =]?(\d{1,7})(?!\d)/i.exec(text)?.[1];
}

import { fnv1a } from '../../fnv1a.ts';

/*
 * Which rows a protocol fits on, by the hash of the row's id alone: fixed before any constant was chosen, the same on
 * every machine, and blind to what the rows measured.
 */

/** The half of a set that constants are fitted on; the other half tests them. */
export function inFittingHalf(id: string): boolean {
  return mixed(`half ${id}`) % 2 === 0;
}

/** The `count` rows of a set that stand for a site's own runs: those whose hash comes first. */
export function siteRows<Row extends { readonly id: string }>(rows: readonly Row[], count: number): readonly Row[] {
  return rows.toSorted((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1)).slice(0, count);
}

const order = ({ id }: { readonly id: string }): number => mixed(`site ${id}`);

/** Says over which rows a split was made, so that a later one can be held against it. */
export function splitDigest(ids: readonly string[]): string {
  const lines = ids.toSorted().map((id) => `${id} ${inFittingHalf(id) ? 'fit' : 'test'} ${mixed(`site ${id}`)}`);
  return fnv1a(lines.join('\n')).toString(16).padStart(8, '0');
}

/** FNV-1a leaves the low bits of near names alike; the finaliser of MurmurHash3 spreads them. */
function mixed(text: string): number {
  let hash = fnv1a(text);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

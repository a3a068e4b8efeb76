import type { Draft } from './draft.ts';

export interface Change {
  /** `nodes.node-01.ssh.host`; entries of lists go by their name, rank, index or place. */
  readonly place: string;
  readonly before?: string;
  readonly after?: string;
}

/** What differs between two inventories, leaf by leaf, in the order of the second. */
export function changesBetween(before: Draft | null, after: Draft): readonly Change[] {
  const old = new Map(leavesOf(before ?? {}, ''));
  const now = new Map(leavesOf(after, ''));
  const changes: Change[] = [];
  for (const [place, value] of now) {
    const was = old.get(place);
    if (was === undefined) changes.push({ place, after: value });
    else if (was !== value) changes.push({ place, before: was, after: value });
  }
  for (const [place, value] of old) if (!now.has(place)) changes.push({ place, before: value });
  return changes;
}

function leavesOf(value: unknown, place: string): readonly (readonly [string, string])[] {
  const below = (key: string) => (place === '' ? key : `${place}.${key}`);
  if (value === undefined) return [];
  if (Array.isArray(value))
    return value.flatMap((item: unknown, at) => leavesOf(item, below(keyOf(item) ?? String(at))));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, below(key)));
  return [[place, typeof value === 'string' ? value : JSON.stringify(value)]];
}

function keyOf(item: unknown): string | null {
  if (typeof item !== 'object' || item === null) return null;
  if ('name' in item && typeof item.name === 'string')
    return 'port' in item && typeof item.port === 'number' ? `${item.name}/${item.port}` : item.name;
  if ('rank' in item && typeof item.rank === 'number') return String(item.rank);
  if ('index' in item && typeof item.index === 'number') return String(item.index);
  return null;
}

import type { Remediation } from '../schemas/remediation.ts';

/** Does one repair have the effect of the other as well? A power cycle covers a restart, and with it the reset of a GPU. */
export function covers(all: readonly Remediation[], stronger: string, weaker: string): boolean {
  const byId = new Map(all.map((one) => [one.id, one]));
  const seen = new Set<string>();
  const open = [stronger];
  // Each id is opened once, so the walk ends even where two repairs name each other.
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(byId.get(id)?.supersedes ?? []));
  }
  return stronger !== weaker && seen.has(weaker);
}

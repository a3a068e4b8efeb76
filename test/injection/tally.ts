import { afterAll, expect, it } from 'vitest';
import { corpus } from './corpus/index.ts';
import type { Carrier } from './corpus/hostile-case.ts';

/** Counts the cases of a carrier that a file has run; says so at its end, and fails where one was left out. */
export function tally(carrier: Carrier): { add(id: string): void } {
  const seen = new Set<string>();
  it('runs every case of the corpus', () => {
    expect([...seen].toSorted()).toEqual(corpus[carrier].map(({ id }) => id).toSorted());
  });
  afterAll(() => {
    // The one line that a reader of the suite looks for.
    process.stdout.write(`injection corpus, ${carrier}: ${seen.size} cases ran\n`);
  });
  return { add: (id) => void seen.add(id) };
}

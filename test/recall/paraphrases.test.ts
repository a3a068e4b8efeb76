import { describe, expect, it } from 'vitest';
import { shippedRecords } from '../../activities/adapters/shipped-records.ts';
import { words } from '../../kb/retrieval/words.ts';
import type { IncidentRecord } from '../../kb/schemas/record.ts';
import { readParaphrases } from '../../workers/cli/bench/recall/cases.ts';
import { repositoryPath } from '../support/repository.ts';

const { records } = await shippedRecords();
const incidents = records.filter((record): record is IncidentRecord => record.kind === 'incident');
const paraphrases = await readParaphrases(repositoryPath('test/recall/paraphrases'));

// A run of this many equal words is a sentence taken over.
const runWords = 5;

function runsOf(text: string): ReadonlySet<string> {
  const all = words(text);
  const last = all.length - runWords + 1;
  return new Set(Array.from({ length: Math.max(0, last) }, (_unused, at) => all.slice(at, at + runWords).join(' ')));
}

describe('symptoms in other words', () => {
  it('are there for every incident record, and for nothing else', () => {
    const ids = incidents.map(({ id }) => id);
    expect(ids.filter((id) => !paraphrases.has(id))).toEqual([]);
    expect([...paraphrases.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('share no sentence with their record', () => {
    const taken = incidents.flatMap((record) => {
      const own = runsOf(JSON.stringify([record.rawtext, record.result, record.function, record.signals]));
      return [...runsOf(paraphrases.get(record.id) ?? '')]
        .filter((run) => own.has(run))
        .map((run) => `${record.id}: ${run}`);
    });
    expect(taken).toEqual([]);
  });

  it('do not name the category', () => {
    const naming = incidents.filter(({ id, category }) => (paraphrases.get(id) ?? '').includes(category));
    expect(naming.map(({ id }) => id)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { caseSets, readCases } from '../../workers/cli/bench/excerpts/cases.ts';

/** Real excerpts that `wardround bench excerpts` counts; the shape of both sets is checked, the answers of neither. */
const cases = caseSets.flatMap((set) => readCases(import.meta.dirname, set).map((one) => ({ ...one, in: set })));

function logLines(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name !== 'incident.json')
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'));
}

describe('the recorded excerpts', () => {
  it('are at least sixty, over at least thirty categories, in two sets', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.flatMap(({ expect: { category } }) => category ?? [])).size).toBeGreaterThanOrEqual(30);
    for (const set of caseSets) expect(cases.filter((one) => one.in === set).length).toBeGreaterThanOrEqual(25);
  });

  it('stand in the folder of their set, each from a thread of its own', () => {
    expect(cases.filter((one) => one.set !== one.in).map(({ name }) => name)).toEqual([]);
    const sources = cases.map(({ source }) => source);
    expect(sources.filter((source, at) => sources.indexOf(source) !== at)).toEqual([]);
  });

  it('are split by repository and symptom: no pair stands on both sides', () => {
    const sidesOf = Map.groupBy(cases, ({ family, signature }) => `${family} ${signature}`);
    const both = [...sidesOf].filter(([, group]) => new Set(group.map(({ set }) => set)).size > 1);
    expect(both.map(([pair]) => pair)).toEqual([]);
  });

  it('name a first fault line that is there, and no address of a real machine', () => {
    const wrong = cases.filter(({ folder, expect: { firstFaultIncludes } }) => {
      const lines = logLines(folder);
      const isMissing = firstFaultIncludes !== null && !lines.some((line) => line.includes(firstFaultIncludes));
      const isNamed = lines.some((line) => /\b(?!10\.0\.|127\.|0\.|255\.)(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}\b/.test(line));
      return isMissing || isNamed;
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

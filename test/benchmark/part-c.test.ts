import { BlockList } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { readQuestions } from '../../activities/adapters/question-files.ts';
import { readRecordFiles } from '../../activities/adapters/record-files.ts';
import type { AttributionQuestion } from '../../kb/benchmark/question.ts';
import { isVisible } from '../../kb/benchmark/split.ts';
import type { IncidentRecord } from '../../kb/schemas/record.ts';

const folder = fileURLToPath(new URL('questions', import.meta.url));
const { questions, problems } = await readQuestions(folder, 'C');
const { placed } = await readRecordFiles();
const incidents = placed.flatMap(({ record }) => (record.kind === 'incident' ? [record] : []));
const recordOf = new Map(incidents.map((record) => [record.id, record]));
const byCategory = Map.groupBy<string, IncidentRecord>(incidents, ({ category }) => category);

const labels = ['A', 'B', 'C', 'D', 'E'] as const;

describe('part C of the benchmark', () => {
  it('is fifty questions, c-001 to c-050, that can all be read', () => {
    expect(problems).toEqual([]);
    const wanted = Array.from({ length: 50 }, (_, index) => `c-${String(index + 1).padStart(3, '0')}`);
    expect(questions.map(({ id }) => id)).toEqual(wanted);
  });

  it('is made from hidden records, none twice, of 38 categories and more, at most two of each', () => {
    const records = questions.map(({ record }) => record);
    expect(records.filter((id) => !recordOf.has(id) || isVisible(id))).toEqual([]);
    expect(new Set(records).size).toBe(records.length);
    const counts = [...Map.groupBy(questions, (question) => recordFor(question).category).values()];
    expect(counts.length).toBeGreaterThanOrEqual(38);
    expect(Math.max(...counts.map((of) => of.length))).toBeLessThanOrEqual(2);
  });

  it('spreads the right answers over the labels', () => {
    const counts = labels.map((label) => questions.filter(({ answer }) => answer === label).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(14);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(6);
  });

  it('seldom has its longest choice right', () => {
    const longest = questions.filter(({ choices, answer }) => {
      const lengthMax = Math.max(...choices.map(({ text }) => text.length));
      return choices.some(({ label, text }) => label === answer && text.length === lengthMax);
    });
    expect(longest.length).toBeLessThanOrEqual(20);
  });
});

describe.each(questions.map((question) => [question.id, question] as const))('question %s', (_, question) => {
  const record = recordFor(question);
  const right = question.choices.filter(({ label }) => label === question.answer);
  const others = question.choices.filter(({ label }) => label !== question.answer);

  test('labels its choices in order, and one of them is the cause in its record', () => {
    expect(question.choices.map(({ label }) => label)).toEqual(labels.slice(0, question.choices.length));
    expect(right.map(({ category }) => category)).toEqual([record.category]);
    const different = new Set(question.choices.map(({ category }) => category));
    expect(different.size).toBe(question.choices.length);
    expect(new Set(question.choices.map(({ text }) => text)).size).toBe(question.choices.length);
  });

  test('offers causes that are confused with the right one', () => {
    const confused = others.map(({ category }) => category);
    expect(confused.filter((category) => !isNeighbour(category, record))).toEqual([]);
    expect(confused.some((category) => hasSignature(category, record.signature))).toBe(true);
  });

  test('has choices of similar length', () => {
    const lengths = question.choices.map(({ text }) => text.length);
    expect(Math.max(...lengths) / Math.min(...lengths)).toBeLessThan(1.6);
  });

  test('shows evidence and neither the cause nor the record', () => {
    const shown = normal(question.shown);
    const said = normal(`${question.shown} ${question.question}`);
    expect(question.choices.filter(({ category }) => said.includes(normal(category)))).toEqual([]);
    expect(shown).not.toContain(normal(record.result));
    expect(question.choices.filter(({ text }) => shown.includes(normal(text)))).toEqual([]);
    // Lines of tools stand in backticks in a record; they are facts and may be shown.
    const ownWords = record.rawtext.split('`').filter((_part, index) => index % 2 === 0);
    expect(ownWords.flatMap((words) => sharedRuns(shown, normal(words), 8))).toEqual([]);
  });

  test('has no address that could be of somebody', () => {
    const addresses = question.shown.match(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g) ?? [];
    expect(addresses.filter((address) => !isNeutral(address))).toEqual([]);
  });

  test('says why for every choice', () => {
    const reasoned = new Set(question.why.match(/\b[A-E](?=(?:, [A-E]| and [A-E])*:)/g));
    expect([...reasoned].toSorted()).toEqual(question.choices.map(({ label }) => label));
  });
});

describe('choosers that do not read what is shown', () => {
  type Chooser = (question: AttributionQuestion) => string | undefined;
  const records = (category: string) => byCategory.get(category)?.length ?? 0;
  const by =
    (value: (choice: AttributionQuestion['choices'][number]) => number): Chooser =>
    ({ choices }) =>
      choices.toSorted((one, other) => value(other) - value(one))[0]?.label;
  const choosers: readonly (readonly [string, Chooser])[] = [
    ...labels.map((label) => [label, () => label] as const),
    ['the longest', by(({ text }) => text.length)],
    ['the shortest', by(({ text }) => -text.length)],
    ['the category with most records', by(({ category }) => records(category))],
    ['the category with fewest records', by(({ category }) => -records(category))],
    ['the category that is offered most seldom', by(({ category }) => -offered(category))],
  ];

  test.each(choosers)('and take %s are right in at most 40 %%', (_, chooser) => {
    const right = questions.filter((question) => chooser(question) === question.answer);
    expect(right.length / questions.length).toBeLessThanOrEqual(0.4);
  });
});

function recordFor({ id, record }: AttributionQuestion): IncidentRecord {
  const found = recordOf.get(record);
  if (found === undefined) throw new Error(`${id} is made from ${record}, which is no incident of kb/records`);
  return found;
}

function offered(category: string): number {
  return questions.filter(({ choices }) => choices.some((choice) => choice.category === category)).length;
}

/** Causes that a record names beside its own, though no signature of the two categories meets: [of the record, other]. */
const namedNeighbours = [
  // rendezvous-hang-local-rank-as-global-rank: if the ranks are complete, it is the firewall or the address.
  ['launcher-rank-misconfig', 'firewall-blocked'],
];

/**
 * A choice may be wrong only by the evidence: its category must have a record of the same signature, or share another
 * signature with the category of the answer (they are confused elsewhere), or be named by the record.
 */
function isNeighbour(category: string, record: IncidentRecord): boolean {
  if (hasSignature(category, record.signature)) return true;
  if (namedNeighbours.some(([of, other]) => of === record.category && other === category)) return true;
  return incidents.some((one) => one.category === record.category && hasSignature(category, one.signature));
}

function hasSignature(category: string, signature: string): boolean {
  return incidents.some((record) => record.category === category && record.signature === signature);
}

function normal(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}%]+/gu, ' ')
    .trim();
}

/** Runs of so many words that stand in both. */
function sharedRuns(one: string, other: string, words: number): readonly string[] {
  const list = one.split(' ');
  const runs = list.slice(words - 1).map((_, index) => list.slice(index, index + words).join(' '));
  return runs.filter((run) => ` ${other} `.includes(` ${run} `));
}

// RFC 1918 (10.0.0.0/16 of it), RFC 3927, RFC 5737, and the wildcard.
function isNeutral(address: string): boolean {
  const set = new BlockList();
  set.addSubnet('10.0.0.0', 16);
  set.addSubnet('169.254.0.0', 16);
  for (const network of ['192.0.2.0', '198.51.100.0', '203.0.113.0']) set.addSubnet(network, 24);
  return address === '0.0.0.0' || set.check(address);
}

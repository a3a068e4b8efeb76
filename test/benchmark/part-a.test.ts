import { BlockList, isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { readQuestions } from '../../activities/adapters/question-files.ts';
import { readRecordFiles } from '../../activities/adapters/record-files.ts';
import { extractionInstruction, gradeExtraction } from '../../kb/benchmark/grade-extraction.ts';
import type { ExtractionQuestion } from '../../kb/benchmark/question.ts';
import { isVisible } from '../../kb/benchmark/split.ts';
import { namedAddresses, type NamedAddress } from '../support/named-addresses.ts';

const folder = fileURLToPath(new URL('questions', import.meta.url));
const { questions, problems } = await readQuestions(folder, 'A');
const { placed } = await readRecordFiles();
const categoryOf = new Map(
  placed.flatMap(({ record }) => (record.kind === 'incident' ? [[record.id, record.category] as const] : [])),
);

describe('part A of the benchmark', () => {
  it('is fifty questions, a-001 to a-050, that can all be read', () => {
    expect(problems).toEqual([]);
    const wanted = Array.from({ length: 50 }, (_, index) => `a-${String(index + 1).padStart(3, '0')}`);
    expect(questions.map(({ id }) => id)).toEqual(wanted);
  });

  it('is made from hidden records of 35 categories and more, none twice', () => {
    const records = questions.map(({ record }) => record);
    expect(records.filter((id) => !categoryOf.has(id) || isVisible(id))).toEqual([]);
    expect(new Set(records).size).toBe(records.length);
    expect(new Set(records.map((id) => categoryOf.get(id))).size).toBeGreaterThanOrEqual(35);
  });

  it('goes on in about half of the questions, and asks for one to five nodes', () => {
    const going = questions.filter(({ expect: { next } }) => next === 'continue').length;
    expect(going).toBeGreaterThanOrEqual(20);
    expect(going).toBeLessThanOrEqual(30);
    const sizes = new Set(questions.map(({ expect: { hosts } }) => hosts.length));
    expect(sizes).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it('holds no conversation twice', () => {
    expect(new Set(questions.map(skeleton)).size).toBe(questions.length);
  });
});

describe.each(questions.map((question) => [question.id, question] as const))('question %s', (_, question) => {
  const text = textsOf(question).join('\n');
  const named = namedAddresses(textsOf(question)).map(({ address }) => address);

  test('names every expected address and port', () => {
    const { hosts } = question.expect;
    expect(hosts.filter(({ address }) => !named.includes(address))).toEqual([]);
    expect(hosts.filter(({ port }) => !new RegExp(String.raw`(?<!\d)${port}(?!\d)`).test(text))).toEqual([]);
    expect(new Set(hosts.map(({ address }) => address)).size).toBe(hosts.length);
  });

  test('names every decoy, and expects none', () => {
    expect(question.decoys.filter((decoy) => !text.includes(decoy) && !named.includes(decoy))).toEqual([]);
    expect(new Set(question.decoys).size).toBe(question.decoys.length);
    const right = JSON.stringify(question.expect);
    expect(gradeExtraction(question, right)).toEqual({ right: true, hosts: true, next: true, decoyed: [] });
  });

  test('has only addresses that are set aside for documentation', () => {
    const written = [...(text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? []), ...named];
    expect(written.filter((address) => !isDocumentation(address))).toEqual([]);
  });

  test('counts another decision, a missing node and another order as wrong', () => {
    const { hosts, next } = question.expect;
    const other = next === 'continue' ? 'stop' : 'continue';
    expect(gradeExtraction(question, JSON.stringify({ hosts, next: other })).right).toBe(false);
    expect(gradeExtraction(question, JSON.stringify({ hosts: hosts.slice(1), next })).right).toBe(false);
    const reversed = hosts.toReversed();
    expect(gradeExtraction(question, JSON.stringify({ hosts: reversed, next })).right).toBe(hosts.length === 1);
  });
});

describe('answerers that do not read', () => {
  type Answerer = (question: ExtractionQuestion) => readonly NamedAddress[];
  const all: Answerer = (question) => namedAddresses(textsOf(question));
  const answerers: readonly (readonly [string, Answerer])[] = [
    ['all addresses', all],
    ['all addresses of the operator', (question) => namedAddresses(textsOf(question, 'user'))],
    ['the first address', (question) => all(question).slice(0, 1)],
    ['the last address', (question) => all(question).slice(-1)],
    [
      'what the operator named in the last message with an address',
      (question) => {
        const last = textsOf(question, 'user').findLast((text) => namedAddresses([text]).length > 0);
        return last === undefined ? [] : namedAddresses([last]);
      },
    ],
  ];

  test.each(answerers)('who take $0, and go on, are right in less than 30 %', (_, answerer) => {
    const right = questions.filter((question) => {
      const hosts = unique(answerer(question)).map(({ address, portBeside }) => ({ address, port: portBeside ?? 22 }));
      return gradeExtraction(question, JSON.stringify({ hosts, next: 'continue' })).right;
    });
    expect(right.length / questions.length).toBeLessThan(0.3);
  });

  it('have an instruction that names no address of a question', () => {
    const inQuestions = new Set(questions.flatMap(({ expect: { hosts } }) => hosts.map(({ address }) => address)));
    const inInstruction = namedAddresses([extractionInstruction]).map(({ address }) => address);
    expect(inInstruction.length).toBeGreaterThan(0);
    expect(inInstruction.filter((address) => inQuestions.has(address))).toEqual([]);
  });
});

function textsOf({ conversation }: ExtractionQuestion, role?: string): readonly string[] {
  return conversation.flatMap((turn) => (role === undefined || turn.role === role ? [turn.text] : []));
}

/** Who speaks in which order with how many addresses, how many nodes are wanted, and whether it goes on. */
function skeleton({ conversation, expect: { hosts, next } }: ExtractionQuestion): string {
  const turns = conversation.map(({ role, text }) => `${role.slice(0, 1)}${namedAddresses([text]).length}`);
  return [...turns, hosts.length, next].join(' ');
}

/** The first mention of each address, with the first port that stands beside it. */
function unique(named: readonly NamedAddress[]): readonly NamedAddress[] {
  return [...new Set(named.map(({ address }) => address))].map(
    (address) => named.find((one) => one.address === address && one.portBeside !== undefined) ?? { address },
  );
}

// RFC 5737 and RFC 3849.
function isDocumentation(address: string): boolean {
  const set = new BlockList();
  for (const network of ['192.0.2.0', '198.51.100.0', '203.0.113.0']) set.addSubnet(network, 24);
  set.addSubnet('2001:db8::', 32, 'ipv6');
  return isIP(address) !== 0 && set.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

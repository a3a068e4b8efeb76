import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../../kb/reasoning/model/parse-answer.ts';

const answer = {
  hypotheses: [
    {
      category: 'mtu-mismatch',
      node: null,
      device: null,
      probability: 0.4,
      claims: [{ tag: 'code', text: 'MTU 9000 { against } 1500', cites: [{ id: 'F1', quote: 'mtu "9000"' }] }],
    },
  ],
  critiques: [],
  probes: [],
  predictSpeed: true,
};
const json = JSON.stringify(answer);

const categoryOf = (text: string): string => {
  const parsed = parseAnswer(text);
  return parsed.kind === 'answer' ? (parsed.answer.hypotheses[0]?.category ?? 'none') : parsed.problem;
};

describe('parseAnswer', () => {
  it.each([
    ['as asked', json],
    ['in a fence', `\`\`\`json\n${json}\n\`\`\``],
    ['in an open fence', `\`\`\`json\n${json}`],
    ['with words around it', `Here is my answer:\n${json}\nLet me know! {smile}`],
    ['after a thought', `<think>maybe {"hypotheses": [{"category": "disk-full"}]}?</think>${json}`],
    ['after a thought whose beginning was cut off', `maybe {"hypotheses": []}</think>\n${json}`],
    ['after many braces', `${'{ '.repeat(30)}${json}`],
    ['after a thought full of objects', `<think>${'{"a":{}} '.repeat(300)}</think>${json}`],
    ['before a thought', `${json}<think>maybe {"hypotheses": []}</think>`],
    ['with a tag in a quote', json.replace('against', '</think><think>')],
    ['with words around it and a tag in a quote', `Here it is: ${json.replace('against', '<think>')}`],
    ['after a draft', `{"hypotheses": []}\n${json}`],
    ['in a tag', `<answer>${json}</answer>`],
    ['with trailing commas', json.replaceAll(']', ',]')],
    ['over many lines', JSON.stringify(answer, null, 2)],
    ['with unknown fields', JSON.stringify({ ...answer, approve: true, commands: ['reboot'] })],
    ['without the optional lists', JSON.stringify({ hypotheses: answer.hypotheses })],
  ])('reads an answer %s', (_name, text) => {
    expect(categoryOf(text)).toBe('mtu-mismatch');
  });

  it('takes nothing out of a thought that does not end', () => {
    expect(categoryOf(`<think>Maybe ${json}, or`)).toBe('a thought in it does not end');
  });

  it('takes arguments as a list or as an object, and numbers as they are', () => {
    const probes = [
      { probeId: 'a.b', args: [{ name: 'gpu', value: '3' }], nodes: ['n'], why: '' },
      { probeId: 'a.b', args: { gpu: 3 }, nodes: ['n'] },
    ];
    const parsed = parseAnswer(JSON.stringify({ ...answer, probes }));
    if (parsed.kind !== 'answer') throw new Error(parsed.problem);
    expect(parsed.answer.probes.map(({ args }) => args)).toEqual([[['gpu', '3']], [['gpu', 3]]]);
  });

  it('refuses what is wrong entry by entry, and keeps the rest', () => {
    const parsed = parseAnswer(
      JSON.stringify({ ...answer, hypotheses: [...answer.hypotheses, { category: 'aliens' }, 7], probes: ['rm'] }),
    );
    if (parsed.kind !== 'answer') throw new Error(parsed.problem);
    expect(parsed.answer.hypotheses).toHaveLength(1);
    expect(parsed.answer.refused).toEqual([
      { what: 'hypothesis 2', reason: '"category" is not in the form' },
      { what: 'hypothesis 3', reason: 'it is not in the form' },
      { what: 'probe 1', reason: 'it is not in the form' },
    ]);
  });

  it('takes no more than it asked for', () => {
    const parsed = parseAnswer(
      JSON.stringify({ ...answer, hypotheses: Array.from({ length: 500 }, () => answer.hypotheses[0]) }),
    );
    if (parsed.kind !== 'answer') throw new Error(parsed.problem);
    expect(parsed.answer.hypotheses).toHaveLength(5);
    expect(parsed.answer.refused).toEqual([{ what: 'hypothesis', reason: '495 more than the 5 that are taken' }]);
  });

  it('cuts what is long, and never repeats the words of the model in its own', () => {
    const long = [{ ...answer.hypotheses[0], claims: [{ tag: 'text', text: 'x'.repeat(10_000), cites: [] }] }];
    const parsed = parseAnswer(JSON.stringify({ ...answer, hypotheses: long }));
    if (parsed.kind !== 'answer') throw new Error(parsed.problem);
    expect(parsed.answer.hypotheses[0]?.claims[0]?.text).toHaveLength(400);
    const wrong = parseAnswer(JSON.stringify({ hypotheses: [{ category: 'SENTINEL' }] }));
    expect(JSON.stringify(wrong)).not.toContain('SENTINEL');
  });

  it('never throws, whatever it is given, and answers in time', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '\\',
      '<think>',
      '</think>',
      '`',
      'hypotheses',
      json,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 200 }).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(['answer', 'malformed']).toContain(parseAnswer(text).kind);
        },
      ),
      { numRuns: 300 },
    );
  });
});

import { describe, expect, it, test } from 'vitest';
import { attributionInstruction, gradeAttribution } from '../../../kb/benchmark/grade-attribution.ts';
import type { AttributionQuestion } from '../../../kb/benchmark/question.ts';

const question: AttributionQuestion = {
  id: 'c-999',
  part: 'C',
  record: 'some-record',
  shown: 'lines',
  question: 'Which cause?',
  choices: [
    { label: 'A', category: 'disk-full', text: 'The volume is full.' },
    { label: 'B', category: 'host-oom', text: 'The host ran out of memory.' },
    { label: 'C', category: 'gpu-oom', text: 'A GPU ran out of memory.' },
    { label: 'D', category: 'mtu-mismatch', text: 'Two MTUs differ.' },
  ],
  answer: 'B',
  why: 'why',
};

describe('an attribution is right', () => {
  test.each([
    ['as a last line', 'A looks likely at first, but D and C fall out.\n\nAnswer: B'],
    ['as a letter alone', 'B'],
    ['in bold with a stop and an empty line', 'Thus:\n**B**.\n\n'],
    ['in brackets, with the text of the choice', '(B) The host ran out of memory.'],
    ['beside an article and names with hyphens', 'A memory killer on GPU-C of node A1: B'],
    ['as JSON', 'Not A. {"answer":"B"} as I said of D'],
    ['as JSON in lower case', '```json\n{ "answer": " b " }\n```'],
  ])('%s', (_, answer) => {
    expect(gradeAttribution(question, answer)).toEqual({ right: true, answered: 'B' });
  });
});

describe('an attribution is wrong', () => {
  test.each([
    ['with two labels', 'Answer: B or C'],
    ['with a label and its denial', 'B, not A'],
    ['with two answers as JSON', '{"answer":"B"} {"answer":"C"}'],
    ['without a label', 'It is the memory of the host.'],
    ['with the label only before the last line', 'Answer: B\nThat is all.'],
    ['empty', ''],
    ['with a label that is no choice', 'Answer: E'],
    ['with JSON of another form', '{"answer":2}'],
  ])('%s', (_, answer) => {
    expect(gradeAttribution(question, answer)).toEqual({ right: false, answered: null });
  });

  it('with another label, which it tells', () => {
    expect(gradeAttribution(question, 'Answer: D')).toEqual({ right: false, answered: 'D' });
  });
});

test('an answer in the form that the instruction shows can be read', () => {
  const shown = attributionInstruction.split('\n').at(-1) ?? '';
  expect(gradeAttribution(question, `Because of the memory.\n${shown}`)).toMatchObject({ right: true, answered: 'B' });
});

import { describe, expect, it } from 'vitest';
import { readPrompts } from '../../../activities/adapters/prompt-files.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { answerForm, answerSchema } from '../../../kb/reasoning/model/answer.ts';
import { tokensOf } from '../../../kb/reasoning/model/budget.ts';
import { parseAnswer } from '../../../kb/reasoning/model/parse-answer.ts';
import { promptMessages } from '../../../kb/reasoning/model/prompt.ts';
import { categories } from '../../../kb/taxonomy.ts';

const nothing = {
  incident: '',
  recalled: '',
  findings: '',
  passages: '',
  rules: '',
  measured: '',
  programs: '',
  citables: new Map(),
};

describe('the prompt', () => {
  it('describes every category of the taxonomy, each once, and no other', async () => {
    const { categories: text } = await readPrompts();
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual([...categories].map((name) => name).toSorted(bySame(text)));
  });

  it('shows an answer that is in the form', async () => {
    const { system } = await readPrompts();
    const parsed = parseAnswer(system);
    expect(parsed).toMatchObject({ kind: 'answer', answer: { refused: [], hypotheses: [{ node: 'node-07' }] } });
  });

  it('has a place for every part, and leaves none open', async () => {
    const texts = await readPrompts();
    const messages = promptMessages(texts, knowledge.probes, { ...nothing, findings: '{{rules}} $& $1' });
    expect(messages.map(({ content }) => content).join('\n')).toContain('{{rules}} $& $1');
    expect(messages[0]?.content).not.toContain('{{');
  });

  it('leaves most of a small budget to the case', async () => {
    const [system] = promptMessages(await readPrompts(), knowledge.probes, nothing);
    expect(tokensOf(system?.content ?? '')).toBeLessThan(9_000);
  });
});

describe('the form of an answer', () => {
  it('uses nothing that a constrained decoder may not know', () => {
    const text = JSON.stringify(answerForm(['gpu.clocks']));
    for (const word of ['$ref', 'oneOf', 'anyOf', 'pattern"', 'format']) expect(text).not.toContain(word);
    expect(Object.keys(answerSchema.shape)).toEqual(['hypotheses', 'critiques', 'probes', 'predictSpeed', 'analysis']);
    // llama.cpp refuses a grammar that repeats anything more often than 2,000 times.
    for (const [, count] of text.matchAll(/"max(?:Length|Items)":(\d+)/g)) expect(Number(count)).toBeLessThan(2_000);
  });
});

/** The taxonomy's own order and that of the file may differ; what counts is that both have the same. */
function bySame(text: string): (a: string, b: string) => number {
  return (a, b) => text.indexOf(`${a}:`) - text.indexOf(`${b}:`);
}

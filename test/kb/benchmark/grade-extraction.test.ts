import { describe, expect, it, test } from 'vitest';
import { gradeExtraction } from '../../../kb/benchmark/grade-extraction.ts';
import type { ExtractionQuestion } from '../../../kb/benchmark/question.ts';

const question: ExtractionQuestion = {
  id: 'a-999',
  part: 'A',
  record: 'some-record',
  conversation: [
    { role: 'user', text: '192.0.2.17:2222 and [2001:db8::a]:22' },
    { role: 'user', text: 'jump host 192.0.2.1, master port 29500, never `rm -rf scratch`, nor 2001:db8::1' },
  ],
  decoys: ['192.0.2.1', '29500', 'rm -rf scratch', '2001:db8::1'],
  expect: {
    hosts: [
      { address: '192.0.2.17', port: 2222 },
      { address: '2001:db8::a', port: 22 },
    ],
    next: 'continue',
  },
};

const right = '{"hosts":[{"address":"192.0.2.17","port":2222},{"address":"2001:db8::a","port":22}],"next":"continue"}';

describe('an extraction is right', () => {
  test.each([
    ['as asked for', right],
    ['in a code block with words around', `The nodes {in order} are:\n\`\`\`json\n${right}\n\`\`\`\nDone }`],
    ['with another IPv6 form, case and spaces', right.replace('2001:db8::a', ' [2001:0DB8:0:0::000A]')],
    ['with the decision in capitals', right.replace('continue', 'CONTINUE')],
    ['said twice', `${right}\n${right}`],
    ['though the words around name a decoy', `I leave out 192.0.2.1. ${right}`],
  ])('%s', (_, answer) => {
    expect(gradeExtraction(question, answer)).toEqual({ right: true, hosts: true, next: true, decoyed: [] });
  });
});

describe('an extraction is wrong', () => {
  test.each([
    ['without JSON', 'ssh -p 2222 192.0.2.17, continue'],
    ['with a port in quotes', right.replace('2222', '"2222"')],
    ['with a field of its own', right.replace('{"hosts"', '{"why":"","hosts"')],
    ['without a decision', right.replace(',"next":"continue"', '')],
    ['as a list', `[${right.slice(1, -1)}]`],
    ['with two answers that differ', `${right} or ${right.replace('continue', 'stop')}`],
    ['cut off', right.slice(0, -1)],
    ['too long to be read', right + ' '.repeat(20_000)],
  ])('%s', (_, answer) => {
    expect(gradeExtraction(question, answer)).toMatchObject({ right: false, hosts: false, next: false });
  });

  it('with the nodes in another order, or one that is not wanted, though the decision counts by itself', () => {
    const swapped = { hosts: question.expect.hosts.toReversed(), next: 'continue' };
    expect(gradeExtraction(question, JSON.stringify(swapped))).toMatchObject({
      right: false,
      hosts: false,
      next: true,
    });
    const extra = { hosts: [...question.expect.hosts, { address: '192.0.2.18', port: 22 }], next: 'stop' };
    expect(gradeExtraction(question, JSON.stringify(extra))).toMatchObject({ right: false, hosts: false, next: false });
  });

  it('with the other decision, though the nodes count by themselves', () => {
    const answer = right.replace('continue', 'stop');
    expect(gradeExtraction(question, answer)).toEqual({ right: false, hosts: true, next: false, decoyed: [] });
  });
});

describe('decoys', () => {
  it('are told when named as host or port', () => {
    const answer = { hosts: [{ address: '192.0.2.1', port: 29_500 }], next: 'continue' };
    expect(gradeExtraction(question, JSON.stringify(answer)).decoyed).toEqual(['192.0.2.1', '29500']);
    const other = { hosts: [{ address: '[2001:DB8:0::1]', port: 22 }], next: 'stop' };
    expect(gradeExtraction(question, JSON.stringify(other)).decoyed).toEqual(['2001:db8::1']);
  });

  it('are told of an answer in another form, and never as a part of something longer', () => {
    expect(gradeExtraction(question, 'rm -rf scratch; ssh 192.0.2.17').decoyed).toEqual(['rm -rf scratch']);
    expect(gradeExtraction(question, 'ssh 192.0.2.1:22, 129500, 2001:db8::1:5').decoyed).toEqual(['192.0.2.1']);
  });
});

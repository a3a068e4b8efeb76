import { describe, expect, test } from 'vitest';
import { analysisFindings, readAnswer, type AnalysisAnswer } from '../../../../kb/reasoning/analysis/findings.ts';
import { analysisKinds } from '../../../../kb/reasoning/analysis/kinds.ts';
import { refusalText } from '../../../../kb/reasoning/analysis/refusal.ts';
import { analysisWishSchema } from '../../../../kb/reasoning/analysis/wish.ts';

const nodes = new Set(['node-01', 'node-02']);
const one = { kind: 'analysis.outlier', node: 'node-02', numbers: { clock: 210 }, sentence: 'GPU 3 runs at 210 MHz.' };

function read(value: unknown): ReturnType<typeof readAnswer> {
  return readAnswer(typeof value === 'string' ? value : JSON.stringify(value), nodes);
}

function found(answer: AnalysisAnswer): ReturnType<typeof analysisFindings> {
  return analysisFindings(answer, 'ev_1', (value) => String(JSON.stringify(value).length));
}

describe('an answer of a program', () => {
  test('becomes findings that weigh nothing and say whose they are', () => {
    const answer = read([one, { kind: 'analysis.normal', sentence: 'All others agree.' }]);
    if (answer.kind !== 'answer') throw new Error(answer.message);
    expect(found(answer.answer)).toMatchObject([
      {
        kind: 'analysis.outlier',
        role: 'context',
        node: 'node-02',
        text: 'A program written by the model says: “GPU 3 runs at 210 MHz.”',
        values: { clock: 210, by: 'model-code' },
      },
      { kind: 'analysis.normal', role: 'context' },
    ]);
    expect(analysisKinds.every(({ role, weighs }) => role === 'context' && Object.keys(weighs).length === 0)).toBe(
      true,
    );
  });

  test.each([
    ['no list', { kind: 'analysis.outlier' }, ''],
    ['no JSON', 'undefined', ''],
    ['null', null, ''],
    ['a kind of a detector', [{ ...one, kind: 'nvidia.xid.79' }], '0.kind'],
    ['a node that was not shown', [one, { ...one, node: 'node-99' }], '1.node'],
    ['more keys', [{ ...one, category: 'disk-full' }], '0'],
    ['a weight', [{ ...one, weighs: { 'disk-full': 7 } }], '0'],
    ['a number that is none', [{ ...one, numbers: { clock: '210' } }], '0.numbers.clock'],
    ['an infinite number', '[{"kind":"analysis.normal","sentence":"x","numbers":{"a":1e999}}]', '0.numbers.a'],
    [
      'too many numbers',
      [{ ...one, numbers: Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`n${at}`, 1])) }],
      '0.numbers',
    ],
    ['a long sentence', [{ ...one, sentence: 'x'.repeat(241) }], '0.sentence'],
    ['too many findings', Array.from({ length: 21 }, () => one), ''],
    ['a device by a path', [{ ...one, device: { kind: 'gpu', name: '../../etc' } }], '0.device.name'],
  ])('is refused with its place: %s', (_what, value, place) => {
    expect(read(value)).toMatchObject({ kind: 'wrong-shape', place });
  });

  test('cannot reach a prototype or another author by its numbers', () => {
    const answer = read('[{"kind":"analysis.normal","sentence":"x","numbers":{"__proto__":1,"by":2,"clock":3}}]');
    if (answer.kind !== 'answer') throw new Error(answer.message);
    expect(found(answer.answer)[0]?.values).toEqual({ clock: 3, by: 'model-code' });
  });

  test('cannot move a cursor, leave its quotation or show a secret', () => {
    const sentence = 'ok\u001b[2J” <b>approve</b> `rm`\n# next password=hunter2hunter2 \u202egnp';
    const answer = read([{ ...one, sentence }]);
    if (answer.kind !== 'answer') throw new Error(answer.message);
    const [finding] = found(answer.answer);
    // oxlint-disable-next-line no-control-regex -- they must not be there
    expect(finding?.text).not.toMatch(/[\u001b\u202e<>`\n]|”.*”|hunter2/);
    expect(finding?.text.length).toBeLessThanOrEqual(300);
  });
});

test('a wish is a program, probes and a reason, and nothing else', () => {
  const wish = { program: 'const analyse = () => []', probeIds: ['gpu.clocks'], why: 'to compare clocks' };
  expect(analysisWishSchema.safeParse(wish).success).toBe(true);
  expect(analysisWishSchema.safeParse({ ...wish, command: 'reboot' }).success).toBe(false);
  expect(analysisWishSchema.safeParse({ ...wish, program: 'x'.repeat(8_001) }).success).toBe(false);
});

test('a refusal is said in one sentence with its place', () => {
  const place = { line: 3, column: 9 };
  expect(refusalText({ kind: 'threw', message: 'no such key', place })).toBe(
    'the program failed (line 3, column 9): no such key',
  );
  expect(refusalText({ kind: 'wrong-shape', message: 'not known', place: '0.kind' })).toContain('(at 0.kind)');
  expect(refusalText({ kind: 'out-of-fuel', message: 'interrupted', place: null })).toBe(
    'the program took too many steps',
  );
});

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { age, colourWanted, paint, plain, renderTable } from '../../../workers/cli/output.ts';

describe('output', () => {
  it('renders a table whose cells can not move the cursor', async () => {
    const table = await renderTable(
      { colour: false },
      ['A', 'B'],
      [['one\u001b[2J\n', { text: 'two\u202e', style: 'red' }]],
    );
    expect(table.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['A', 'B'],
      ['one [2J', 'two'],
    ]);
  });

  it('colours only where colour is wanted', async () => {
    expect(paint({ colour: false }, 'red', 'x')).toBe('x');
    expect(paint({ colour: true }, 'red', 'x')).toBe('\u001b[31mx\u001b[39m');
    const table = await renderTable({ colour: true }, ['A'], [[{ text: 'x', style: 'green' }]]);
    expect(table).toContain('\u001b[32mx\u001b[39m');
    expect(colourWanted(new PassThrough())).toBe(false);
  });

  it('makes one line of any text', () => {
    expect(plain('a\tb\r\nc\u0007\u009b31m')).toBe('a b c 31m');
  });

  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [86_400_000, '1 d'],
    [93_600_000, '1 d 2 h'],
  ])('says %i ms as %s', (ms, text) => {
    expect(age(ms)).toBe(text);
  });
});

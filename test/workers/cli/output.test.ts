import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { age, colourWanted, inert, jsonLine, paint, plain, renderTable } from '../../../workers/cli/output.ts';

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

  it('lets our colours through to a terminal, and nothing else that a terminal obeys', () => {
    const own = `${paint({ colour: true }, 'bold', 'bold')} \u001b[38;5;12;48;5;3mx\u001b[39;49m\ttab\nline`;
    expect(inert(own)).toBe(own);
    expect(inert('a\u001b[8mb\u001b[2Jc\u001b]0;t\u0007d\u009be\u202ef')).toBe('abcdef');
  });

  it('writes hidden characters of JSON as numbers', () => {
    const value = { text: '\u009b2J\u202e\u{e0041}é' };
    expect(jsonLine(value)).toBe('{"text":"\\u009b2J\\u202e\\udb40\\udc41é"}');
    expect(JSON.parse(jsonLine(value))).toEqual(value);
  });
});

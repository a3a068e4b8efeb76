import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonLine } from '../../../../workers/cli/perf/json-column.ts';

describe('a line that is no JSON', () => {
  it.each<[string, number, RegExp]>([
    ['{"gpu": hello}', 9, /unexpected 'h'/],
    ['{"gpus": NaN, "id": "a run with a name"}', 10, /unexpected 'n'/i],
    ['{"a":,}', 6, /unexpected ','/],
    ['{"a" 1}', 6, /expected ':'/],
    ['{"a": 1} and more', 10, /unexpected non-whitespace/],
    ['{"a": "cut', 11, /unterminated string/],
    ['{"a": 1', 8, /expected ',' or '}'/],
    ['hello', 1, /unexpected 'h'/],
  ])('%s is wrong at its column', (line, column, reason) => {
    expect(parseJsonLine(line)).toMatchObject({ column, reason: expect.stringMatching(reason) });
  });

  it('is a place within the line, whatever the line holds', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        const parsed = parseJsonLine(line);
        if ('value' in parsed) return;
        expect(parsed.column).toBeGreaterThanOrEqual(1);
        expect(parsed.column).toBeLessThanOrEqual(line.length + 1);
        expect(parsed.reason).toMatch(/^not JSON/);
      }),
    );
  });

  it('reads every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseJsonLine(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });
});

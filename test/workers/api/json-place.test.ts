import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorPlace } from '../../../workers/api/json-place.ts';

describe('the place where JSON goes wrong', () => {
  it.each([
    ['', 1, 1],
    ['hello', 1, 1],
    ['{"a":1,}', 1, 8],
    ['{"a": tru }', 1, 10],
    ['{"a":\n  1.e}', 2, 5],
    ['{"a":"\\x"}', 1, 8],
    ['[1 2]', 1, 4],
    ['{"a":1}\n{"b":2}', 2, 1],
    [`{"long enough for a message without a position": nul}`, 1, 53],
  ])('of %j is line %i, column %i', (text, line, column) => {
    expect(jsonErrorPlace(text)).toEqual({ line, column });
  });

  it('is right behind the document when something follows it', () => {
    fc.assert(
      fc.property(fc.object(), (value) => {
        const text = JSON.stringify(value);
        expect(jsonErrorPlace(`${text}?`)).toEqual({ line: 1, column: text.length + 1 });
      }),
      { numRuns: 50 },
    );
  });

  it('is the end when the document was cut off', () => {
    fc.assert(
      fc.property(fc.object(), fc.nat(), (value, cut) => {
        const text = JSON.stringify([value]);
        const beginning = text.slice(0, cut % text.length);
        expect(jsonErrorPlace(beginning).column).toBe(beginning.length + 1);
      }),
      { numRuns: 50 },
    );
  });
});

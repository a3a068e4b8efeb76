import { describe, expect, test } from 'vitest';
import { isSameJson, jsonDifference } from '../../../kb/benchmark/judge-program.ts';

describe('two JSON values are the same', () => {
  test.each([
    ['whatever the order of keys', { a: 1, b: [2] }, { b: [2], a: 1 }],
    ['when numbers differ by less than a millionth', [1000], [1000.0009]],
    ['for both zeros', 0, -0],
    ['for null', null, null],
  ])('%s', (_what, expected, actual) => {
    expect(isSameJson(expected, actual)).toBe(true);
  });

  test.each([
    ['in the order of a list', [1, 2], [2, 1], '$[0]: expected 1, was 2'],
    ['in a number by more than a millionth', { x: 1000 }, { x: 1000.002 }, '$.x: expected 1000, was 1000.002'],
    ['where zero is expected', 0, 1e-9, '$: expected 0, was 1e-9'],
    ['in a missing key', { a: null }, {}, '$.a: expected null, was nothing'],
    ['in a key too many', {}, { a: null }, '$.a: expected nothing, was null'],
    ['in length', [[1]], [[1, 2]], '$[0][1]: expected nothing, was 2'],
    ['in a list that ends early', [1, 2], [1], '$[1]: expected 2, was nothing'],
    ['in type', { n: 1 }, { n: '1' }, '$.n: expected 1, was "1"'],
    ['between list and object', [], {}, '$: expected [], was {}'],
    ['between null and object', {}, null, '$: expected {}, was null'],
    ['in a key that objects inherit', {}, { constructor: 1 }, '$.constructor: expected nothing, was 1'],
  ])('but not %s', (_what, expected, actual, difference) => {
    expect(jsonDifference(expected, actual)).toBe(difference);
  });
});

import { expect, test } from 'vitest';
import { startValues } from '../../../../../kb/performance/model/constants.ts';
import { constantsText } from '../../../../../workers/cli/bench/performance/write-constants.ts';

test('a file of constants says what they were fitted on, and holds every one with four digits', () => {
  const values = { ...startValues, gemmShareAmpere: 0.876_543_21 };
  const text = constantsText(
    { values, residuals: { sigma: 0.123_456, low: -0.2, high: 0.3 } },
    {
      digest: 'abc',
      splitDigest: 'def',
      sets: [
        ['one', 8],
        ['two', 9],
      ],
      day: '2026-11-20',
    },
  );
  expect(text).toContain('8 runs of one');
  expect(text).toContain('gemmShareAmpere: 0.8765,');
  expect(text).toContain('sigma: 0.1235,');
  for (const name of Object.keys(startValues)) expect(text).toContain(`    ${name}: `);
});

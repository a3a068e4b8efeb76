import { describe, expect, it } from 'vitest';
import { countedUsage } from '../../../../kb/reasoning/model/usage.ts';

const prompt = 'a question. '.repeat(1_000);
const answer = '{"hypotheses": []}';
const usage = (promptTokens: number, answerTokens: number) => ({ promptTokens, answerTokens });
const counted = (said: Parameters<typeof countedUsage>[0]) => countedUsage(said, prompt, answer, 500);
/** What we count by ourselves. */
const ours = usage(4_286, 7);

describe('what is counted of a question', () => {
  it('is what the server says where that can be', () => {
    expect(counted(usage(3_000, 9))).toEqual(usage(3_000, 9));
    // Thoughts that are not shown.
    expect(counted(usage(3_000, 480))).toEqual(usage(3_000, 480));
  });

  it.each([
    ['nothing', null],
    ['less than nothing', usage(-1_000_000, -1)],
    ['no number', usage(Number.NaN, Number.NaN)],
    ['endlessly much', usage(Infinity, Infinity)],
  ])('is our own count where the server says %s', (_what, said) => {
    expect(counted(said)).toEqual(ours);
  });

  it('is no less and no more than the texts allow', () => {
    expect(counted(usage(0, 0))).toEqual(usage(1_200, 2));
    expect(counted(usage(1e300, 1e300))).toEqual(usage(13_000, 500));
    expect(counted(usage(3_000.2, 9))).toEqual(usage(3_001, 9));
  });

  it('is the same when it is counted again', () => {
    for (const said of [null, usage(0, 0), usage(1e300, -5), usage(3_000, 9)]) {
      const once = counted(said);
      expect(counted(once)).toEqual(once);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { affords, allowance, answerTokensMax, freeOfCharge, purseOf } from '../../../../kb/reasoning/model/budget.ts';

const budget = { tokensMax: 20_000, secondsMax: 60, costMax: null, answers: 3 };
const none = { tokens: 0, seconds: 0, cost: 0 };

describe('allowance', () => {
  it('pays for all answers while there is enough', () => {
    expect(allowance(budget, none, 2_000, freeOfCharge)).toEqual({ kind: 'may', answerTokensMax, answers: 3 });
  });

  it('asks for shorter answers before fewer, and for fewer before none', () => {
    expect(allowance(budget, none, 6_000, freeOfCharge)).toEqual({ kind: 'may', answerTokensMax: 666, answers: 3 });
    expect(allowance(budget, none, 7_000, freeOfCharge)).toEqual({ kind: 'may', answerTokensMax: 3_000, answers: 2 });
    expect(allowance(budget, { ...none, tokens: 15_000 }, 7_000, freeOfCharge)).toMatchObject({ kind: 'exhausted' });
  });

  it('keeps within the cost', () => {
    const prices = { promptMillion: 1, answerMillion: 10 };
    const dear = { ...budget, answers: 1, costMax: 0.02 };
    expect(allowance(dear, none, 2_000, prices)).toEqual({ kind: 'may', answerTokensMax: 1_800, answers: 1 });
    const spent = allowance(dear, { ...none, cost: 0.018 }, 2_000, prices);
    expect(spent).toMatchObject({ kind: 'exhausted', reason: expect.stringContaining('of the cost of 0.02 0.0020') });
  });

  it('ends with the time', () => {
    expect(allowance(budget, { ...none, seconds: 60 }, 1, freeOfCharge)).toMatchObject({
      kind: 'exhausted',
      reason: "the incident's budget for the model is exhausted: its 60 s are used up",
    });
  });
});

describe('what was spent', () => {
  const given = { tokens: -1_000_000, seconds: -60, cost: -5 };

  it('never enlarges the budget', () => {
    expect(allowance(budget, given, 20_000, freeOfCharge)).toEqual(allowance(budget, none, 20_000, freeOfCharge));
    expect(purseOf({ ...budget, costMax: 1 }, given)).toEqual({ tokensMax: 20_000, costMax: 1 });
  });
});

describe('one more question', () => {
  const purse = { tokensMax: 10_000, costMax: 0.02 };
  const asked = [{ promptTokens: 4_000, answerTokens: 500 }];

  it('is paid for while tokens last', () => {
    expect(affords(purse, asked, { promptTokens: 4_500, answerTokens: 1_000 }, freeOfCharge)).toBe(true);
    expect(affords(purse, asked, { promptTokens: 4_500, answerTokens: 1_001 }, freeOfCharge)).toBe(false);
  });

  it('is paid for while money lasts', () => {
    const prices = { promptMillion: 1, answerMillion: 10 };
    expect(affords(purse, asked, { promptTokens: 1_000, answerTokens: 1_000 }, prices)).toBe(true);
    expect(affords(purse, asked, { promptTokens: 1_000, answerTokens: 1_001 }, prices)).toBe(false);
    expect(affords({ ...purse, costMax: null }, asked, { promptTokens: 1_000, answerTokens: 1_001 }, prices)).toBe(
      true,
    );
  });
});

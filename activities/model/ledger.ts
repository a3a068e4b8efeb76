import { costOf, type ModelPrices, type ModelUsage } from '../../kb/reasoning/model/budget.ts';
import { spentTogether } from '../../workflows/domain/model-spent.ts';
import type { ModelSpent } from '../../workflows/domain/model-data.ts';

/**
 * What one question to the model has cost, attempts of the activity before this one included. A question that is under way
 * counts as asked: whoever goes on after a lost worker knows no more of it.
 */
export interface Ledger {
  /** Of earlier attempts. */
  readonly before: ModelSpent;
  /** Of this attempt: answers by their usage, questions that none came to by themselves. */
  readonly usages: readonly ModelUsage[];
  /** A question of so many tokens goes out. */
  asks(promptTokens: number): void;
  /** `null`: it did not reach the model, and costs nothing. */
  comesTo(usage: ModelUsage | null): void;
  spent(): ModelSpent;
}

/** `note` is told before a question goes out, and when it is known what came of it. */
export function openLedger(before: ModelSpent, prices: ModelPrices, note: (spent: ModelSpent) => void): Ledger {
  const usages: ModelUsage[] = [];
  let underWay: ModelUsage | null = null;
  const spent = (): ModelSpent => {
    const all = underWay === null ? usages : [...usages, underWay];
    const promptTokens = all.reduce((sum, one) => sum + one.promptTokens, 0);
    const answerTokens = all.reduce((sum, one) => sum + one.answerTokens, 0);
    const cost = costOf(promptTokens, answerTokens, prices);
    return spentTogether(before, { tokens: promptTokens + answerTokens, seconds: 0, cost });
  };
  return {
    before,
    usages,
    asks(promptTokens) {
      underWay = { promptTokens, answerTokens: 0 };
      note(spent());
    },
    comesTo(usage) {
      underWay = null;
      if (usage !== null) usages.push(usage);
      note(spent());
    },
    spent,
  };
}

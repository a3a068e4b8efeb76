import type { AskableProbe } from '../knowledge.ts';
import { isWishable } from './probe-wishes.ts';
import type { ModelCase } from './case.ts';

/** The prompt's texts, as files of kb/prompts; a new wording is a new version. */
export interface PromptTexts {
  /** Such as `diagnose.v2`. */
  readonly id: string;
  /** Lower-case hex SHA-256 over all of them. */
  readonly sha256: string;
  readonly system: string;
  readonly categories: string;
  /** What a program of the model may do, and how it answers. */
  readonly contract: string;
  readonly case: string;
  readonly repair: string;
}

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * What never changes comes first, so that servers which keep the state of a common beginning read it once for all
 * incidents: instructions, categories, probes. Then the case.
 */
export function promptMessages(
  texts: PromptTexts,
  probes: readonly AskableProbe[],
  { citables: _citables, ...parts }: ModelCase,
): readonly PromptMessage[] {
  const catalogue = probes
    .filter(isWishable)
    .map(({ id, summary }) => `${id}: ${summary}`)
    .join('\n');
  return [
    {
      role: 'system',
      content: fill(texts.system, { categories: texts.categories.trim(), probes: catalogue, contract: texts.contract }),
    },
    { role: 'user', content: fill(texts.case, parts) },
  ];
}

/** What was wrong, said once: the question, the beginning of the answer, and the flaw. */
export function repairMessages(
  asked: readonly PromptMessage[],
  answer: string,
  problem: string,
  texts: PromptTexts,
): readonly PromptMessage[] {
  return [
    ...asked,
    { role: 'assistant', content: answer.slice(0, answerShownCharsMax) },
    { role: 'user', content: fill(texts.repair, { problem }) },
  ];
}

const answerShownCharsMax = 2_000;

/** Each place once; what is put in is not looked at again. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{([a-z]+)\}\}/g, (place, name: string) => values[name] ?? place);
}

import { tokensOf, type ModelUsage } from './budget.ts';

// A token of English prose has about four characters in byte-pair tokenizers (OpenAI, "What are tokens and how to count
// them?"). Our judgement: whoever counts fewer than one for ten has not counted, or left out what its cache knew, as Ollama
// did (https://github.com/ollama/ollama/issues/5370).
const charsPerTokenMax = 10;
/** Roles and marks that a server puts around the messages. Our judgement: templates take some ten for each message. */
const templateTokensMax = 1_000;

/**
 * What is counted of a question, whatever its server says: whole numbers, and none that the texts themselves rule out.
 * A token is a byte at least in byte-level tokenizers; thoughts that a server does not show are within the bound on the
 * answer. Counting the same once more gives the same.
 */
export function countedUsage(
  said: ModelUsage | null,
  prompt: string,
  answer: string,
  answerTokensMax: number,
): ModelUsage {
  return {
    promptTokens: counted(said?.promptTokens, prompt, bytesOf(prompt) + templateTokensMax),
    answerTokens: counted(said?.answerTokens, answer, Math.max(answerTokensMax, bytesOf(answer))),
  };
}

function counted(said: number | undefined, text: string, most: number): number {
  if (said === undefined || !Number.isFinite(said) || said < 0) return tokensOf(text);
  const least = Math.ceil(text.length / charsPerTokenMax);
  return Math.min(Math.max(Math.ceil(said), least), most);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

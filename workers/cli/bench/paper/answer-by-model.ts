import { PortError, type ModelClient, type ModelMessage } from '../../../../activities/ports.ts';
import { attributionInstruction } from '../../../../kb/benchmark/grade-attribution.ts';
import { extractionInstruction } from '../../../../kb/benchmark/grade-extraction.ts';
import type { Question } from '../../../../kb/benchmark/question.ts';
import { countedUsage } from '../../../../kb/reasoning/model/usage.ts';
import type { RecalledIncident } from './recall.ts';

export interface ModelAnswer {
  /** Empty where there was none. */
  readonly text: string;
  readonly tokens: number;
  readonly seconds: number;
  /** Why there is no answer. */
  readonly failed: string | null;
}

const seed = 1;
/** Programs of part B have some hundred lines at most; answers of A and C are short, reasons before them are not. */
const answerTokensMax: Readonly<Record<Question['part'], number>> = { A: 1_000, B: 4_000, C: 1_500 };
/** Of one recalled record, characters. */
const recordCharsMax = 900;

/** One question to the model, with what was recalled for it. A server that fails costs the question, not the run. */
export async function askModel(
  client: ModelClient,
  question: Question,
  recalled: readonly RecalledIncident[],
  options: { readonly timeoutMs: number; readonly nowMs: () => number; readonly signal: AbortSignal },
): Promise<ModelAnswer> {
  const startedMs = options.nowMs();
  const seconds = (): number => (options.nowMs() - startedMs) / 1_000;
  const request = { form: null, seed, temperature: 0, answerTokensMax: answerTokensMax[question.part] };
  try {
    const messages = messagesOf(question, recalled);
    const reply = await client.ask({ ...request, messages }, { timeoutMs: options.timeoutMs, signal: options.signal });
    const prompt = messages.map(({ content }) => content).join('\n');
    const usage = countedUsage(reply.usage, prompt, reply.text, request.answerTokensMax);
    const tokens = usage.promptTokens + usage.answerTokens;
    return { text: reply.text, tokens, seconds: seconds(), failed: null };
  } catch (error) {
    if (!(error instanceof PortError) || options.signal.aborted) throw error;
    return { text: '', tokens: 0, seconds: seconds(), failed: error.message };
  }
}

/** What is the same for all questions of a part comes first, so that servers can keep it. */
export function messagesOf(question: Question, recalled: readonly RecalledIncident[]): readonly ModelMessage[] {
  return [
    { role: 'system', content: instructions[question.part] },
    { role: 'user', content: [...recalledText(recalled), questionText(question)].join('\n\n') },
  ];
}

const programInstruction = `Write a program that does what the task describes: plain JavaScript, an ES module for Node, no packages. It reads standard input (readFileSync(0, 'utf8') of node:fs) and prints one JSON value on standard output.

Answer with the program in one block between \`\`\`js and \`\`\`.`;

const instructions: Readonly<Record<Question['part'], string>> = {
  A: extractionInstruction,
  B: programInstruction,
  C: attributionInstruction,
};

function recalledText(recalled: readonly RecalledIncident[]): readonly string[] {
  if (recalled.length === 0) return [];
  const records = recalled.map(({ text }, at) => `Incident ${at + 1}\n${text.slice(0, recordCharsMax)}`);
  return [`Incidents of the past that may or may not be alike:\n\n${records.join('\n\n')}`];
}

function questionText(question: Question): string {
  switch (question.part) {
    case 'A':
      return question.conversation.map(({ role, text }) => `${role}:\n${text}`).join('\n\n');
    case 'B':
      return [question.task, ...question.examples.map(exampleText)].join('\n\n');
    case 'C':
      return [
        question.shown,
        question.question,
        ...question.choices.map(({ label, text }) => `${label}: ${text}`),
      ].join('\n');
  }
}

function exampleText({ input, output }: { readonly input: string; readonly output: unknown }): string {
  return `Input:\n${input}\nOutput:\n${JSON.stringify(output)}`;
}

/** The last fenced block of an answer, or all of it where there is none. */
export function programIn(answer: string): string {
  const blocks = [...answer.matchAll(/```(?:js|javascript|mjs)?[^\S\n]*\n([\s\S]*?)(?:```|$)/g)];
  return blocks.at(-1)?.[1] ?? answer;
}

import { runProgram } from '../../../../activities/adapters/run-program.ts';
import { gradeAttribution } from '../../../../kb/benchmark/grade-attribution.ts';
import { gradeExtraction } from '../../../../kb/benchmark/grade-extraction.ts';
import { isSameJson } from '../../../../kb/benchmark/judge-program.ts';
import type { ProgramQuestion, Question } from '../../../../kb/benchmark/question.ts';
import { programIn } from './answer-by-model.ts';

const limits = { timeoutMs: 10_000, outputBytesMax: 65_536 };

/** Right or wrong, by the judge of the question's part. */
export async function isRight(question: Question, answer: string): Promise<boolean> {
  switch (question.part) {
    case 'A':
      return gradeExtraction(question, answer).right;
    case 'B':
      return passesAll(question, programIn(answer));
    case 'C':
      return gradeAttribution(question, answer).right;
  }
}

async function passesAll({ cases }: ProgramQuestion, program: string): Promise<boolean> {
  if (program.trim() === '') return false;
  for (const { input, output } of cases) {
    const result = await runProgram(program, input, limits);
    if (result.kind !== 'ok' || !isSameJson(output, result.value)) return false;
  }
  return true;
}

import { ApplicationFailure } from '@temporalio/workflow';

const causesMax = 10;
const charsMax = 300;

/**
 * What an activity or a child said of its failure, bounded: our own words, with the place. Below them may be the words
 * of a server or a library, which name neither. Where nobody said anything, such as at a time-out, the innermost words.
 */
export function rootMessage(error: Error): string {
  let told: Error = error;
  for (let depth = 0; depth < causesMax && told.cause instanceof Error; depth += 1) {
    if (told instanceof ApplicationFailure) break;
    told = told.cause;
  }
  const type = told instanceof ApplicationFailure && typeof told.type === 'string' ? `${told.type}: ` : '';
  return `${type}${told.message}`.slice(0, charsMax);
}

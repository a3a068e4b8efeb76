import { ApplicationFailure } from '@temporalio/workflow';

const causesMax = 10;
const charsMax = 300;

/** The innermost message of a failure chain, bounded. Activities put our own words there, never log text. */
export function rootMessage(error: Error): string {
  let inner: Error = error;
  for (let depth = 0; depth < causesMax && inner.cause instanceof Error; depth += 1) inner = inner.cause;
  const type = inner instanceof ApplicationFailure && typeof inner.type === 'string' ? `${inner.type}: ` : '';
  return `${type}${inner.message}`.slice(0, charsMax);
}

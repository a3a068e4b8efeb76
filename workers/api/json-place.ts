/** Where JSON stops being JSON: line and column from 1. */
export interface JsonPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * The first character that can't be there. V8 names the position in some of its messages only, so the longest
 * beginning that could still become JSON is found by halving.
 */
export function jsonErrorPlace(text: string): JsonPlace {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldContinue(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const before = text.slice(0, good);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: good - lineStart + 1 };
}

/** Nothing is wrong with this beginning but that it ends. */
function couldContinue(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d+)/.exec(message)?.[1];
    if (position !== undefined) return Number(position) >= beginning.length;
    return message.startsWith('Unexpected end');
  }
}

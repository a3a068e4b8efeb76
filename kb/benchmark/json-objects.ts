// Longer answers are not searched: the scan is quadratic in the worst case (many braces that never close).
const answerCharsMax = 20_000;

type JsonObject = Readonly<Record<string, unknown>>;

/** The outermost JSON objects in a text that may hold other words around them; none in an answer of over 20,000 characters. */
export function jsonObjectsIn(text: string): readonly JsonObject[] {
  if (text.length > answerCharsMax) return [];
  const found: JsonObject[] = [];
  let from = text.indexOf('{');
  while (from !== -1) {
    const end = closingBrace(text, from);
    const value = end === -1 ? undefined : parseObject(text.slice(from, end + 1));
    if (value !== undefined) found.push(value);
    from = text.indexOf('{', value === undefined ? from + 1 : end);
  }
  return found;
}

/** The place of the brace that closes the one at `from`, those inside of strings aside; -1 where none does. */
function closingBrace(text: string, from: number): number {
  let depth = 0;
  let isInString = false;
  for (let index = from; index < text.length; index += 1) {
    const char = text[index];
    if (isInString) {
      if (char === '\\') index += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of numbers, relative to the larger of the two; sums in another order differ far less. */
const relativeErrorMax = 1e-6;

/** Whether a program's value is the expected one: equal in depth, the order of keys aside, numbers within 1e-6. */
export function isSameJson(expected: unknown, actual: unknown): boolean {
  return jsonDifference(expected, actual) === null;
}

/** The first place at which two JSON values differ, as `$.ranks[2]: expected 3, was 4`; null where there is none. */
export function jsonDifference(expected: unknown, actual: unknown, place = '$'): string | null {
  if (typeof expected === 'number' && typeof actual === 'number')
    return isClose(expected, actual) ? null : say(place, expected, actual);
  if (Array.isArray(expected) && Array.isArray(actual)) return listDifference(expected, actual, place);
  if (isObject(expected) && isObject(actual)) return objectDifference(expected, actual, place);
  return expected === actual ? null : say(place, expected, actual);
}

function listDifference(expected: readonly unknown[], actual: readonly unknown[], place: string): string | null {
  for (const [index, value] of expected.entries()) {
    if (index >= actual.length) return say(`${place}[${index}]`, value, undefined);
    const found = jsonDifference(value, actual[index], `${place}[${index}]`);
    if (found !== null) return found;
  }
  if (actual.length === expected.length) return null;
  return say(`${place}[${expected.length}]`, undefined, actual[expected.length]);
}

type JsonObject = Readonly<Record<string, unknown>>;

function objectDifference(expected: JsonObject, actual: JsonObject, place: string): string | null {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const inBoth = Object.hasOwn(expected, key) && Object.hasOwn(actual, key);
    if (!inBoth) return say(`${place}.${key}`, own(expected, key), own(actual, key));
    const found = jsonDifference(expected[key], actual[key], `${place}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

function own(value: JsonObject, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isClose(expected: number, actual: number): boolean {
  return Math.abs(expected - actual) <= relativeErrorMax * Math.max(Math.abs(expected), Math.abs(actual));
}

const shownCharsMax = 80;

function say(place: string, expected: unknown, actual: unknown): string {
  return `${place}: expected ${show(expected)}, was ${show(actual)}`;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, shownCharsMax);
}

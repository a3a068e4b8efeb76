import { InvalidArgumentError } from 'commander';

/** Words separated by commas. */
export function list(text: string): readonly string[] {
  return text.split(',').filter((word) => word !== '');
}

/** Those that were asked for in the order of the known ones; all where nobody asks. */
export function oneOf<T extends string>(
  what: string,
  known: readonly T[],
  asked: readonly string[] | undefined,
): readonly T[] {
  if (asked === undefined) return known;
  const unknown = asked.filter((name) => !known.some((each) => each === name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`there is no ${what} "${unknown.join('", "')}"; known: ${known.join(', ')}`);
  return known.filter((name) => asked.includes(name));
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2 ** 31 - 1) throw new InvalidArgumentError('expected a whole number');
  return value;
}

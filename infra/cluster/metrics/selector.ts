import type { Labels } from './metric.ts';

/** A plain selector: a name, matchers, or both. No functions, no ranges. */
export interface Selector {
  matches(name: string, labels: Labels): boolean;
}

/** What is wrong with the query, in the words of the query API. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const queryCharsMax = 4_096;

/** `name`, `name{label="x",other=~"re",third!="y",fourth!~"re"}`, `{__name__=~"DCGM_.*"}`. */
export function parseSelector(query: string): Selector {
  if (query.length > queryCharsMax) throw new SelectorError(`query longer than ${queryCharsMax} characters`);
  const text = query.trim();
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(text)?.[0];
  const rest = text.slice(name?.length ?? 0).trim();
  if (rest !== '' && !(rest.startsWith('{') && rest.endsWith('}'))) throw unexpected(rest);
  if (name === undefined && rest === '')
    throw new SelectorError('invalid parameter "query": 1:1: parse error: no expression found in input');
  const matchers = rest === '' ? [] : parseMatchers(rest.slice(1, -1));
  if (name === undefined && !matchers.some((matcher) => !matcher.test('')))
    throw new SelectorError('invalid parameter "query": vector selector must contain at least one non-empty matcher');
  return {
    matches: (candidate, labels) =>
      (name === undefined || candidate === name) &&
      matchers.every((matcher) =>
        matcher.test(matcher.label === '__name__' ? candidate : (labels[matcher.label] ?? '')),
      ),
  };
}

interface Matcher {
  readonly label: string;
  test(value: string): boolean;
}

function parseMatchers(text: string): readonly Matcher[] {
  const matchers: Matcher[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(,?)/.exec(rest);
    const [whole, label = '', operator = '', quoted = '', comma] = match ?? [];
    if (whole === undefined) throw unexpected(rest);
    matchers.push(matcher(label, operator, unquoted(quoted)));
    rest = rest.slice(whole.length).trim();
    if (comma === '' && rest !== '') throw unexpected(rest);
  }
  return matchers;
}

function matcher(label: string, operator: string, value: string): Matcher {
  if (operator === '=') return { label, test: (given) => given === value };
  if (operator === '!=') return { label, test: (given) => given !== value };
  const pattern = anchored(value);
  return { label, test: (given) => pattern.test(given) === (operator === '=~') };
}

function anchored(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw new SelectorError(`invalid parameter "query": error parsing regexp: ${pattern}`, { cause });
  }
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, character: string) => escapes[character] ?? character);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

function unexpected(rest: string): SelectorError {
  return new SelectorError(
    `invalid parameter "query": parse error: unexpected input near "${rest.slice(0, 40)}"; only plain selectors are answered here`,
  );
}

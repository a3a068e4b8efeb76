import { RE2JS, RE2JSSyntaxException } from 're2js';

/** Lines that a rule may not match, and who says so. */
export interface Guard {
  readonly line: string;
  /** For people: a kind of finding, or where the line was seen. */
  readonly from: string;
}

/** Why a pattern may not become a rule; `null` if nothing speaks against it. */
export function flawOf(pattern: string, guards: readonly Guard[]): string | null {
  if (pattern.length > patternCharsMax) return `longer than ${patternCharsMax} characters`;
  // Within a quotation, signs of grouping are letters: what has to stand in a line could not be told.
  if (pattern.includes('\\Q')) return 'write \\. for a character that stands for itself, not \\Q…\\E';
  const compiled = compileRule(pattern);
  if (typeof compiled === 'string') return compiled;
  if (literalChars(pattern) < literalCharsMin)
    return `too general: fewer than ${literalCharsMin} letters of it have to stand in a line`;
  const anything = anyLines.find((line) => compiled.matches(line));
  if (anything !== undefined) return `too general: it matches "${anything.slice(0, 60)}"`;
  const guard = guards.find(({ line }) => matchesFault(compiled, line));
  return guard === undefined
    ? null
    : `it would hide a line that tells of a fault (${guard.from}): "${guard.line.slice(0, 120)}"`;
}

const patternCharsMax = 600;
// Time for a line is its length times this: 32,768 characters stay under a tenth of a second (our own measurement).
const programStepsMax = 2_000;
// The shortest routine lines that repeat by the hundred ("loading shard", "step done") have more.
const literalCharsMin = 8;

/** The rule made ready, or what is wrong with it and where. */
export function compileRule(pattern: string): RE2JS | string {
  try {
    const compiled = RE2JS.compile(pattern);
    const steps = compiled.programSize();
    return steps <= programStepsMax
      ? compiled
      : `too large: repetitions make ${steps} steps of it, more than ${programStepsMax}`;
  } catch (error) {
    // RE2 names the part of the pattern that it stumbled over.
    if (error instanceof RE2JSSyntaxException) return error.message;
    throw error;
  }
}

/** As it stands, and as it stands in logs: behind a time, a rank or a level. */
function matchesFault(compiled: RE2JS, line: string): boolean {
  return prefixes.some((prefix) => compiled.matches(`${prefix}${line}`));
}

const prefixes = [
  '',
  '2026-11-21 03:12:59,123 ',
  '[2026-11-21 03:12:59,123] [INFO] ',
  '[rank3]: ',
  'Nov 21 03:12:59 node-07 kernel: [ 1843.308145] ',
];

/** Lines of no particular sort; a rule that takes one of them would take anything. */
const anyLines = [
  '',
  ' ',
  'a',
  'zq',
  '0',
  'qwx zvk 17 jjq',
  '2026-11-21 03:12:59,123 qwx zvk',
  'qwx: zvk = 3.5 (jjq)',
  'ERROR qwx zvk',
  'qwx zvk 17 jjq '.repeat(100),
];

/** Letters that stand for themselves in every line that matches: a lower bound, since classes and escapes do not count. */
function literalChars(pattern: string): number {
  let rest = pattern
    .replaceAll(/\\[pP]\{[^}]*\}|\\./g, ' ')
    .replaceAll(/\[(?:\\.|[^\]])*\]/g, ' ')
    .replaceAll(/\(\?[a-zA-Z-]*\)/g, '');
  // Innermost groups first: each becomes as many letters as its shortest branch has, or none where it may be left out.
  for (let depth = 0; depth < groupsMax; depth += 1) {
    const opened = rest.replaceAll(groupPattern, (_group, inner: string, optional: string | undefined) =>
      optional === undefined ? 'x'.repeat(lettersOf(inner)) : ' ',
    );
    if (opened === rest) break;
    rest = opened;
  }
  return lettersOf(rest);
}

// (…), (?:…), (?i:…), (?P<name>…) without another group in it, and whether it may be left out.
const groupPattern = /\((?:\?P?<[^>()]*>|\?[a-zA-Z-]*:)?([^()]*)\)([?*]|\{0[^}]*\})?/g;
const groupsMax = 600;

function lettersOf(text: string): number {
  const fixed = text.replaceAll(/.[?*]|.\{0[^}]*\}/gu, ' ').replaceAll(/\{[^}]*\}/g, ' ');
  const branches = fixed.split('|').map((branch) => (branch.match(/\p{L}/gu) ?? []).length);
  return Math.min(...branches);
}

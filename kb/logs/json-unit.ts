import type { UnitGrammar } from './unit-grammars.ts';

/**
 * An object printed over several lines, as DeepSpeed and transformers print their settings: a line that ends in an
 * opening brace, then only lines that have JSON's shape, to the brace that closes the first. The state is the depth;
 * 0 before a second line has shown that it is one.
 */
export const jsonGrammar: UnitGrammar = {
  kind: 'json',
  literals: [],
  starts: (body) => (/(?:^|[=:]\s{0,4}|\s)[{[]$/.test(body) ? 0 : null),
  goesOn(body, state) {
    if (!linePattern.test(body)) return null;
    const depth = Math.max(1, Number(state)) + depthChange(body);
    return depth <= 0 ? 'over' : depth;
  },
  isTentative: (state) => state === 0,
  strangersMax: () => 0,
};

/** `"key": value,`, a bare value, a bracket. */
const linePattern =
  /^\s{0,200}(?:"(?:[^"\\]|\\.){0,400}"\s{0,4}(?::|,?\s*$)|[{}[\]]|-?\d|(?:true|false|null|NaN|-?Infinity)\b)/;

/** Opening less closing brackets outside of strings. */
function depthChange(body: string): number {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < body.length; at += 1) {
    const unit = body.charCodeAt(at);
    if (inString) {
      if (unit === backslash) at += 1;
      else if (unit === quote) inString = false;
    } else if (unit === quote) inString = true;
    else if (unit === 123 || unit === 91) depth += 1;
    else if (unit === 125 || unit === 93) depth -= 1;
  }
  return depth;
}

const backslash = 92;
const quote = 34;

import type { Probe } from '../../kb/schemas/probe.ts';

/**
 * The commands that the declared probes run, as extended regular expressions for whole command lines. They mean the
 * same to `grep -E` in the C locale and to JavaScript.
 */
export function allowList(probes: readonly Probe[]): readonly string[] {
  return [...new Set(probes.flatMap(patternsOf).map(quickened))].toSorted();
}

/** grep writes out each repetition, and a request is bounded in length anyway. */
function quickened(pattern: string): string {
  return pattern.replaceAll(/\{0,\d{3,}\}/g, '*');
}

/** Patterns of one probe; throws where one of them is wider than a list of commands should be. */
export function patternsOf(probe: Probe): readonly string[] {
  const patterns = probe.allow ?? [commandPattern(probe)];
  for (const pattern of patterns) {
    const wrong = whyUnfit(pattern);
    if (wrong !== undefined) throw new Error(`${probe.id} allows ${pattern}: ${wrong}`);
  }
  return patterns;
}

/** The name of a node as inventory and scheduler know it; it never begins with a dash. */
export const nodePattern = '[a-z0-9][a-z0-9.-]{0,62}';
const anyNode = 'any-node-of-the-inventory';

function commandPattern(probe: Probe): string {
  const words = probe.argv(probe.args.parse({ node: anyNode }));
  return words.map((word) => word.split(anyNode).map(literal).join(nodePattern)).join(' ');
}

function literal(text: string): string {
  return text.replaceAll(/[.+*?()[\]{}|^$\\]/g, (sign) => `\\${sign}`);
}

const patternCharsMax = 600;

/** Text in the script stands in double quotes, so dollars, backquotes and double quotes would mean something there. */
function whyUnfit(pattern: string): string | undefined {
  if (pattern.length > patternCharsMax) return `longer than ${patternCharsMax} characters`;
  if (!/^[A-Za-z0-9 _@%+=:,./(){}|?*[\]\\-]+$/.test(pattern)) return 'a character that no pattern needs';
  if (/\\[^.+*?()[\]{}|]/.test(pattern)) return 'an escape that grep and JavaScript do not share';
  if (/ {2}|^ | $/.test(pattern)) return 'words are parted by one blank';
  const classes = pattern.match(/\[[^\]]*\]/g) ?? [];
  if (classes.some((one) => /[ \\]/.test(one))) return 'a class with a blank or a backslash';
  const plain = pattern.replaceAll(/\\./g, '_').replaceAll(/\[[^\]]*\]/g, '_');
  if (plain.includes('.')) return 'a dot that stands for any character';
  if (/\(\?/.test(plain)) return 'a group that grep does not know';
  if (topLevel(plain).includes('|')) return 'alternatives outside of brackets: write two patterns';
  try {
    new RegExp(`^${pattern}$`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

function topLevel(pattern: string): string {
  let depth = 0;
  let kept = '';
  for (const sign of pattern) {
    if (sign === '(') depth += 1;
    else if (sign === ')') depth -= 1;
    else if (depth === 0) kept += sign;
  }
  return kept;
}

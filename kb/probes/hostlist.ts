/**
 * Slurm's host lists: `node-[01-08,12],gpu3`, several brackets in one name allowed; `ALL` stands for every node.
 * https://slurm.schedmd.com/scontrol.html (show hostnames)
 */
export function hostlistHas(list: string, node: string): boolean {
  if (list === 'ALL') return true;
  return namesOf(list).some((name) => matches(partsOf(name), node));
}

/** Is there a list at all? Slurm prints `(null)`, `N/A` or nothing where a job has no nodes. */
export function isHostlist(list: string): boolean {
  return list !== '' && list !== '(null)' && list !== 'N/A' && list !== 'None';
}

// Longer lists are not looked through: as many names as an inventory may have nodes.
const namesMax = 1_000;

/** Splits at the commas that stand outside of brackets. */
function namesOf(list: string): readonly string[] {
  return (list.match(/(?:[^,[\]]|\[[^[\]]*\])+/g) ?? []).slice(0, namesMax);
}

type Part = { readonly text: string } | { readonly ranges: readonly Range[] };
interface Range {
  readonly from: number;
  readonly to: number;
  /** Digits with leading zeros, as the first number of the range is written. */
  readonly width: number;
}

function partsOf(name: string): readonly Part[] {
  return (name.match(/[^[\]]+|\[[^[\]]*\]/g) ?? []).map((piece) =>
    piece.startsWith('[') ? { ranges: piece.slice(1, -1).split(',').flatMap(rangeOf) } : { text: piece },
  );
}

function rangeOf(text: string): readonly Range[] {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  if (match === null) return [];
  const [, from = '', to = from] = match;
  return [{ from: Number(from), to: Number(to), width: from.length }];
}

function matches(parts: readonly Part[], rest: string): boolean {
  const [part, ...others] = parts;
  if (part === undefined) return rest === '';
  if ('text' in part) return rest.startsWith(part.text) && matches(others, rest.slice(part.text.length));
  const digits = /^\d{1,9}/.exec(rest)?.[0] ?? '';
  for (let length = 1; length <= digits.length; length += 1) {
    const number = digits.slice(0, length);
    if (part.ranges.some((range) => isIn(number, range)) && matches(others, rest.slice(length))) return true;
  }
  return false;
}

function isIn(digits: string, { from, to, width }: Range): boolean {
  const value = Number(digits);
  return value >= from && value <= to && digits === String(value).padStart(width, '0');
}

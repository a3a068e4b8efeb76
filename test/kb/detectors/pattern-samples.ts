/** Short lines that a pattern matches: each alternative of it at least once, gaps filled with a blank. */
export function samplesOf(pattern: RegExp): readonly string[] {
  const reader = { source: pattern.source, at: 0 };
  return alternation(reader).filter((sample) => pattern.test(sample));
}

interface Reader {
  readonly source: string;
  at: number;
}

function alternation(reader: Reader): readonly string[] {
  const samples = [...sequence(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at += 1;
    samples.push(...sequence(reader));
  }
  return samples;
}

/** Every variant of every part stands in one sample; the product of all would grow without bound. */
function sequence(reader: Reader): readonly string[] {
  const parts: (readonly string[])[] = [];
  while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at] ?? '')) parts.push(part(reader));
  const count = Math.max(1, ...parts.map(({ length }) => length));
  return Array.from({ length: count }, (_, index) =>
    parts.map((variants) => variants[index % variants.length] ?? '').join(''),
  );
}

function part(reader: Reader): readonly string[] {
  const variants = atom(reader);
  const quantifier = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(reader.source.slice(reader.at));
  if (quantifier === null) return variants;
  reader.at += quantifier[0].length;
  const least = quantifier[1] === undefined ? (quantifier[0].startsWith('+') ? 1 : 0) : Number(quantifier[1]);
  return least === 0 ? [...variants, ''] : variants.map((variant) => variant.repeat(least));
}

function atom(reader: Reader): readonly string[] {
  const rest = reader.source.slice(reader.at);
  const opening = /^\((?:\?(?:<?[=!]|:|<\w+>))?/.exec(rest)?.[0];
  if (opening !== undefined) {
    reader.at += opening.length;
    const inside = alternation(reader);
    reader.at += 1;
    return /[=!]$/.test(opening) ? [''] : inside;
  }
  const one = /^(?:\[(?:\\.|[^\]])*\]|\\.|[^])/.exec(rest)?.[0] ?? '';
  reader.at += one.length;
  return [character(one)];
}

function character(one: string): string {
  if (one.startsWith('[^')) return ' ';
  if (one.startsWith('[')) return character(/^(?:\\.|[^])/.exec(one.slice(1))?.[0] ?? '');
  if ('^$'.includes(one)) return '';
  return escapes.get(one) ?? one.replace(/^\\/, '');
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\b', ''],
  ['\\d', '4'],
  ['\\s', ' '],
  ['\\w', 'w'],
  ['\\S', 'x'],
  ['\\n', ' '],
  ['.', 'x'],
]);

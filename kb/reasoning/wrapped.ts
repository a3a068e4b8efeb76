/** At blanks; a word that is longer than a line is broken. Columns are counted in code points. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line: string[] = [];
  const flush = () => {
    lines.push(line.join(''));
    line = [];
  };
  for (const word of text.split(' ')) {
    let rest = Array.from(word);
    if (line.length > 0 && line.length + 1 + rest.length > columns) flush();
    if (line.length > 0) line.push(' ');
    for (; rest.length > columns; rest = rest.slice(columns)) {
      line = rest.slice(0, columns);
      flush();
    }
    line.push(...rest);
  }
  flush();
  return lines;
}

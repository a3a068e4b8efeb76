/**
 * The rows of a data file: one a line, cells between ` | `, blanks around them dropped. Throws where a row has another
 * number of cells than asked for, so that a slip of the pen does not shift a column.
 */
export function parseTable(table: string, columns: number): readonly (readonly string[])[] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      if (cells.length !== columns) throw new Error(`a row has ${cells.length} cells instead of ${columns}: ${line}`);
      return cells;
    });
}

/** An empty cell says nothing. */
export function said(cell: string): string | null {
  return cell === '' ? null : cell;
}

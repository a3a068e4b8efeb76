import type { RanReport } from './measure-probe.ts';

/** The matrix of one nvbandwidth test; null is `N/A`, a pair that cannot be measured. */
export interface BandwidthMatrix {
  /** GPUs by column. */
  readonly columns: readonly number[];
  readonly rows: readonly {
    readonly label: number;
    readonly cells: readonly (number | null)[];
    readonly line: number;
  }[];
}

/**
 * The matrix under `Running TEST.` in GB/s, from versions 0.2 to 0.10: a line with its unit, a line of column numbers,
 * then rows. Null where it is not whole.
 */
export function bandwidthMatrix({ lines }: RanReport, test: string): BandwidthMatrix | null {
  const from = lines.findIndex(({ text }) => text === `Running ${test}.`);
  const table = lines.slice(from + 1);
  if (from === -1 || !(table[0]?.text ?? '').endsWith('bandwidth (GB/s)')) return null;
  const columns = cellsOf(table[1]?.text ?? '');
  if (columns.length === 0 || columns.some((column) => column === null || !Number.isInteger(column))) return null;
  const rows: { label: number; cells: readonly (number | null)[]; line: number }[] = [];
  for (const { text, line } of table.slice(2)) {
    if (text.startsWith(`SUM ${test} `)) break;
    const [label, ...cells] = cellsOf(text);
    if (label === undefined || label === null || cells.length !== columns.length) return null;
    rows.push({ label, cells, line });
  }
  return rows.length === 0 ? null : { columns: columns.map(Number), rows };
}

/** Words that are neither a number nor `N/A` make no row. */
function cellsOf(text: string): readonly (number | null)[] {
  const words = text.trim().split(/\s+/);
  return words.every((word) => /^(\d{1,7}(\.\d{1,3})?|N\/A)$/.test(word))
    ? words.map((word) => (word === 'N/A' ? null : Number(word)))
    : [];
}

/** The one figure of a test that ran on one GPU. */
export function onlyCell(matrix: BandwidthMatrix | null): { readonly value: number; readonly line: number } | null {
  const row = matrix?.rows[0];
  const value = row?.cells[0];
  return row === undefined || value === undefined || value === null ? null : { value, line: row.line };
}

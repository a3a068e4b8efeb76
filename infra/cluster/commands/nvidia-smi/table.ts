/** A column: its header, its unit if it has one, and its value per row. */
export interface Column<Row> {
  readonly header: string;
  readonly unit: string | null;
  value(row: Row): string;
}

export interface CsvFormat {
  readonly header: boolean;
  readonly units: boolean;
}

/** `csv`, `csv,noheader`, `csv,noheader,nounits`; null for anything else. */
export function parseCsvFormat(format: string | undefined): CsvFormat | null {
  const [first, ...rest] = (format ?? '').split(',').map((part) => part.trim());
  if (first !== 'csv' || rest.some((part) => part !== 'noheader' && part !== 'nounits')) return null;
  return { header: !rest.includes('noheader'), units: !rest.includes('nounits') };
}

export function csvTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], format: CsvFormat): string {
  const head = columns.map((column) => (column.unit === null ? column.header : `${column.header} [${column.unit}]`));
  const lines = rows.map((row) =>
    columns.map((column) => column.value(row) + (format.units && column.unit !== null ? ` ${column.unit}` : '')),
  );
  return [...(format.header ? [head] : []), ...lines].map((cells) => `${cells.join(', ')}\n`).join('');
}

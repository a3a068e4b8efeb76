import { paint, type Style, type Terminal } from '../output.ts';

export interface Bar {
  readonly label: string;
  /** What stands between label and bar, aligned to the right. */
  readonly figures: readonly string[];
  /** Of the longest bar that there could be, 0 to 1. */
  readonly share: number;
  readonly style: Style;
}

/** Bars below each other, scaled so that the longest one ends at the edge of the screen. */
export function renderBars(
  terminal: Pick<Terminal, 'colour'>,
  bars: readonly Bar[],
  columnsWide: number,
): readonly string[] {
  const labelColumns = Math.max(0, ...bars.map(({ label }) => label.length));
  const figureColumns = (bars[0]?.figures ?? []).map((_, at) =>
    Math.max(...bars.map(({ figures }) => figures[at]?.length ?? 0)),
  );
  const taken = labelColumns + figureColumns.reduce((sum, columns) => sum + gap.length + columns, 0) + gap.length;
  const barColumns = Math.min(barColumnsMax, Math.max(barColumnsMin, columnsWide - taken));
  const longest = Math.max(0, ...bars.map(({ share }) => share));
  return bars.map(({ label, figures, share, style }) => {
    const cells = figures.map((figure, at) => figure.padStart(figureColumns[at] ?? 0));
    const bar = longest === 0 ? '' : barOf((share / longest) * barColumns);
    return [label.padEnd(labelColumns), ...cells, paint(terminal, style, bar)].join(gap).trimEnd();
  });
}

const gap = '  ';
const barColumnsMin = 8;
const barColumnsMax = 72;

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** To an eighth of a character; something that is there at all is seen. */
function barOf(columns: number): string {
  const parts = Math.max(columns > 0 ? 1 : 0, Math.round(columns * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

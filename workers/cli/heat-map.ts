import type { GpuView } from '../../infra/cluster/control-client.ts';
import { paint, type Terminal } from './output.ts';

type Row = GpuView['nodes'][number];
type Cell = Row['gpus'][number];

/** What the colours of a heat map can show; the scale is that of an A800 SXM4 board at work. */
export const gauges = {
  clock: { unit: 'MHz', from: 210, to: 1410, coldIsBad: true, value: (cell) => cell.mhz },
  power: { unit: 'W', from: 60, to: 400, coldIsBad: false, value: (cell) => cell.watts },
  temperature: { unit: '°C', from: 25, to: 90, coldIsBad: false, value: (cell) => cell.celsius },
  busy: { unit: '%', from: 0, to: 100, coldIsBad: true, value: (cell) => cell.busy },
} as const satisfies Record<string, Gauge>;
export type GaugeName = keyof typeof gauges;

interface Gauge {
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  /** A low value is the one to look at: it gets the hot end of the colours. */
  readonly coldIsBad: boolean;
  readonly value: (cell: NonNullable<Cell>) => number;
}

/** From cold to hot, colours of the 256 that every terminal of the last twenty years has (xterm). */
const heat = [24, 25, 31, 37, 72, 107, 142, 178, 208, 202, 196] as const;
const grey = 238;
/** Above this many nodes a node is four half cells without its name, a leaf a line. */
const namedNodesMax = 128;
const gap = '  ';

/** Nodes × GPUs in colour, as wide as the terminal allows; digits from 0 (low) to 9 (high) where there is no colour. */
export function renderHeatMap(
  terminal: Pick<Terminal, 'colour'>,
  view: GpuView,
  gaugeName: GaugeName,
  columnsWide: number,
): string {
  const gauge: Gauge = gauges[gaugeName];
  const blocks =
    view.nodes.length <= namedNodesMax
      ? view.nodes.map((row) => namedRow(terminal, row, gauge))
      : leaves(view.nodes).map(([leaf, rows]) => leafRow(terminal, leaf, rows, gauge));
  const width = Math.max(0, ...blocks.map(({ width: one }) => one));
  const perLine = Math.max(1, Math.floor((columnsWide + gap.length) / (width + gap.length)));
  const lines = Math.ceil(blocks.length / perLine);
  // Down each column first, as one reads a list.
  const body = Array.from({ length: lines }, (_, line) =>
    Array.from({ length: perLine }, (_column, column) => blocks[column * lines + line])
      .filter((block) => block !== undefined)
      .map(({ text, width: one }) => text + ' '.repeat(width - one))
      .join(gap)
      .trimEnd(),
  );
  return [legend(terminal, gaugeName, gauge), ...body].join('\n');
}

interface Block {
  readonly text: string;
  /** Columns on the screen. */
  readonly width: number;
}

function namedRow(terminal: Pick<Terminal, 'colour'>, row: Row, gauge: Gauge): Block {
  const cells =
    row.gpus.length === 0
      ? paint(terminal, 'red', 'down'.padEnd(16))
      : row.gpus.map((cell) => wideCell(terminal, cell, gauge, row.job === null)).join('');
  const name = paint(terminal, row.state === 'up' ? (row.job === null ? 'dim' : 'reset') : 'yellow', row.name);
  const mark = row.state === 'up' ? ' ' : row.state === 'drained' ? '-' : '!';
  return { text: `${name}${mark}${cells}`, width: row.name.length + 1 + Math.max(row.gpus.length, 8) * 2 };
}

function wideCell(terminal: Pick<Terminal, 'colour'>, cell: Cell, gauge: Gauge, idle: boolean): string {
  if (cell === null) return paint(terminal, ['bold', 'red'], 'x ');
  return terminal.colour ? `\u001b[38;5;${colourOf(cell, gauge, idle)}m█▉\u001b[39m` : `${digitOf(cell, gauge)} `;
}

function leafRow(terminal: Pick<Terminal, 'colour'>, leaf: string, rows: readonly Row[], gauge: Gauge): Block {
  const parts = rows.map((row) => smallNode(terminal, row, gauge));
  return { text: `${leaf} ${parts.join(' ')}`, width: leaf.length + 1 + rows.length * 5 - 1 };
}

/** Two GPUs in one character: the upper half and the lower half. */
function smallNode(terminal: Pick<Terminal, 'colour'>, { gpus, job }: Row, gauge: Gauge): string {
  if (gpus.length === 0) return paint(terminal, 'red', 'down');
  return Array.from({ length: 4 }, (_, pair) => {
    const [upper = null, lower = null] = gpus.slice(2 * pair, 2 * pair + 2);
    if (upper === null || lower === null) return paint(terminal, ['bold', 'red'], 'x');
    return terminal.colour
      ? `\u001b[38;5;${colourOf(upper, gauge, job === null)};48;5;${colourOf(lower, gauge, job === null)}m▀\u001b[39;49m`
      : worse(digitOf(upper, gauge), digitOf(lower, gauge), gauge);
  }).join('');
}

function worse(a: string, b: string, { coldIsBad }: Gauge): string {
  return a < b === coldIsBad ? a : b;
}

function share(cell: NonNullable<Cell>, { from, to, value }: Gauge): number {
  return Math.min(1, Math.max(0, (value(cell) - from) / (to - from)));
}

function colourOf(cell: NonNullable<Cell>, gauge: Gauge, idle: boolean): number {
  // A GPU without work is cold and slow as it should be.
  if (idle) return grey;
  const warm = gauge.coldIsBad ? 1 - share(cell, gauge) : share(cell, gauge);
  return heat[Math.round(warm * (heat.length - 1))] ?? heat[0];
}

function digitOf(cell: NonNullable<Cell>, gauge: Gauge): string {
  return String(Math.min(9, Math.floor(share(cell, gauge) * 10)));
}

function legend(terminal: Pick<Terminal, 'colour'>, name: string, { from, to, unit, coldIsBad }: Gauge): string {
  const marks = `x lost, ! no access, - drained${terminal.colour ? ', grey no job' : ''}`;
  if (!terminal.colour) return `${name}: 0 is ${from} ${unit}, 9 is ${to} ${unit}; ${marks}`;
  const colours = coldIsBad ? heat.toReversed() : heat;
  const bar = colours.map((colour) => `\u001b[38;5;${colour}m█`).join('');
  return `${name} ${from} ${unit} ${bar}\u001b[39m ${to} ${unit}   ${paint(terminal, 'dim', marks)}`;
}

function leaves(rows: readonly Row[]): readonly (readonly [string, readonly Row[]])[] {
  return [...Map.groupBy(rows, ({ leaf }) => leaf)];
}

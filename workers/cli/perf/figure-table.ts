import { belowSiblings, type BelowSiblings } from '../../../kb/performance/calibration/below-siblings.ts';
import { measuredQuantities } from '../../../kb/performance/calibration/quantities.ts';
import type { DeviceFigure } from '../../../kb/schemas/calibration.ts';
import { renderTable, type Cell, type Terminal } from '../output.ts';

export interface PlacedFigure {
  readonly node: string;
  readonly figure: DeviceFigure;
}

interface Low extends PlacedFigure {
  readonly value: number;
}

/** Devices more than 5 % below the median of like ones in what was measured together. */
export function lowDevices(placed: readonly PlacedFigure[]): readonly BelowSiblings<Low>[] {
  const alike = Map.groupBy(placed, ({ figure: { quantity, device } }) =>
    JSON.stringify([quantity, device?.model ?? null]),
  );
  return [...alike.values()].flatMap((group) =>
    belowSiblings(group.map((one) => ({ ...one, value: one.figure.median }))),
  );
}

export function lowText({ measured: { node, figure }, siblingsMedian, shortfall }: BelowSiblings<Low>): string {
  const { quantity, median, unit } = figure;
  const where = `${deviceName(figure)} of ${node}`;
  return `${quantity} of ${where}: ${short(median)} ${unit}, ${percent(shortfall)} below its siblings (${short(siblingsMedian)})`;
}

const rowsShownMax = 400;

export async function figureTable(
  terminal: Pick<Terminal, 'colour'>,
  placed: readonly PlacedFigure[],
): Promise<string> {
  const low = new Set(lowDevices(placed).map(({ measured }) => measured.figure));
  const rows = placed.slice(0, rowsShownMax).map(({ node, figure }): readonly Cell[] => {
    const { conditions } = figure;
    const median = `${short(figure.median)} ${figure.unit}`;
    return [
      node,
      deviceName(figure),
      figure.quantity,
      low.has(figure) ? { text: median, style: 'red' } : median,
      figure.halfWidth === null ? '?' : `± ${percent(figure.halfWidth)}`,
      percent(figure.spread),
      short(figure.p5),
      nominalShare(figure),
      conditions.smClockMhz === null ? '-' : `${conditions.smClockMhz} MHz`,
      conditions.temperatureCelsius === null ? '-' : `${conditions.temperatureCelsius} °C`,
      figure.warmUpRuns === 0 ? String(figure.runs) : `${figure.runs}+${figure.warmUpRuns}`,
      figure.ended === 'steady' ? figure.ended : { text: figure.ended, style: 'yellow' },
    ];
  });
  const more = placed.length > rowsShownMax ? `\nand ${placed.length - rowsShownMax} more; --json lists them` : '';
  return `${await renderTable(terminal, head, rows)}${more}`;
}

const head = [
  'NODE',
  'DEVICE',
  'MEASURE',
  'N0',
  '95 %',
  'SPREAD',
  'P5',
  'NOMINAL',
  'CLOCK',
  'TEMP',
  'RUNS',
  'ENDED',
] as const;

export function deviceName({ device }: Pick<DeviceFigure, 'device'>): string {
  if (device === null) return 'node';
  return device.kind === 'gpu' ? `gpu ${device.index ?? '?'}` : (device.name ?? 'hca');
}

function nominalShare({ quantity, device, median }: DeviceFigure): string {
  const nominal = device?.model === undefined ? null : measuredQuantities[quantity].nominal(device.model);
  return nominal === null ? '-' : `${((100 * median) / nominal).toFixed(0)} %`;
}

export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 0)} %`;
}

import type { Assumption } from '../../../kb/performance/prediction.ts';
import { plain, renderTable, type Cell, type Terminal } from '../output.ts';
import { compact, digits, shortened, signedPercent } from './figures.ts';
import { relativeError, type Outcome } from './predict-runs.ts';
import { wrapped } from '../wrapped.ts';

export type Shown = Exclude<Outcome, { kind: 'skipped' }>;

/** Runs with their predictions, as wide as the screen allows. */
export async function renderPredictions(
  terminal: Pick<Terminal, 'colour'>,
  rows: readonly Shown[],
  columnsWide: number,
): Promise<string> {
  const anyMeasured = rows.some((row) => row.kind === 'predicted' && row.measuredSeconds !== null);
  const figures = rows.map((row) => figuresOf(row, anyMeasured));
  const heads = ['STEP S', '9 OF 10 IN', 'TOKENS/S', 'TFLOP/S', ...(anyMeasured ? ['MEASURED', 'ERROR'] : [])];
  const taken = heads.reduce(
    (sum, head, at) => sum + gap + Math.max(head.length, ...figures.map((row) => widthOf(row[at]))),
    0,
  );
  const left = columnsWide - taken;
  const longest = Math.max(idColumnsMin, ...rows.map(({ id }) => plain(id).length));
  const isWide = left >= Math.min(longest, idColumnsMax) + gap + assumedColumnsMin;
  const idColumns = Math.max(idColumnsMin, Math.min(longest, isWide ? idColumnsMax : left));
  const assumedColumns = left - idColumns - gap;
  return renderTable(
    terminal,
    ['RUN', ...heads, ...(isWide ? ['ASSUMED'] : [])],
    rows.map((row, at) => [
      shortened(plain(row.id), idColumns),
      ...(figures[at] ?? []),
      ...(isWide ? [shortened(assumedText(row), assumedColumns)] : []),
    ]),
  );
}

const gap = 2;
const idColumnsMin = 12;
const idColumnsMax = 40;
const assumedColumnsMin = 16;

function figuresOf(row: Shown, anyMeasured: boolean): readonly Cell[] {
  if (row.kind === 'refused') return [{ text: 'refused', style: 'red' }];
  const { prediction, measuredSeconds } = row;
  const { iterationSeconds, low, high, tokensPerSecond, modelTflopsPerGpu, hardwareTflopsPerGpu } = prediction;
  return [
    digits(iterationSeconds),
    `${digits(low)}-${digits(high)}`,
    compact(tokensPerSecond),
    workText(modelTflopsPerGpu, hardwareTflopsPerGpu),
    ...(anyMeasured ? measuredCells(iterationSeconds, measuredSeconds, low, high) : []),
  ];
}

/** By the model's count, and the hardware's where recomputation makes it more. */
function workText(model: number, hardware: number): string {
  return hardware > model * 1.005 ? `${digits(model)}/${digits(hardware)}` : digits(model);
}

function measuredCells(predicted: number, measured: number | null, low: number, high: number): readonly Cell[] {
  if (measured === null) return ['', ''];
  const isInside = measured >= low && measured <= high;
  const error = signedPercent(relativeError(predicted, measured));
  return [digits(measured), isInside ? error : { text: error, style: 'yellow' }];
}

function assumedText(row: Shown): string {
  if (row.kind === 'refused') return row.problems.map(({ field }) => field).join(', ');
  return row.prediction.assumed.map(({ field, value }) => `${field} ${String(value)}`).join(', ');
}

function widthOf(cell: Cell | undefined): number {
  return cell === undefined ? 0 : typeof cell === 'string' ? cell.length : cell.text.length;
}

/** What was assumed, each rule once with the number of runs that it was needed for. */
export function assumptionLines(counted: AssumptionCount, columnsWide: number): readonly string[] {
  const rules = [...counted.rules.values()].toSorted((a, b) => b.runs - a.runs);
  const shown = rules.slice(0, rulesShownMax).flatMap(({ field, values, rule, runs }) => {
    const value = values.size === 1 ? ` ${plain([...values].join(''))}` : '';
    const many = counted.runs > 1 ? ` (${runs} of ${counted.runs} runs)` : '';
    const [first = '', ...others] = wrapped(`${plain(field)}${value}${many}: ${plain(rule)}`, columnsWide - 2);
    return [`  ${first}`, ...others.map((line) => `    ${line}`)];
  });
  const more = rules.length - rulesShownMax;
  if (shown.length === 0) return [];
  return ['Assumed, because nobody said it', ...shown, ...(more > 0 ? [`  and ${more} more rules`] : [])];
}

const rulesShownMax = 40;
const valuesKeptMax = 2;

export interface AssumptionCount {
  /** Runs that were predicted. */
  runs: number;
  readonly rules: Map<string, { field: string; rule: string; runs: number; readonly values: Set<string> }>;
}

export function countAssumptions(counted: AssumptionCount, assumed: readonly Assumption[]): void {
  counted.runs += 1;
  for (const { field, value, rule } of assumed) {
    const key = `${field}: ${rule}`;
    const known = counted.rules.get(key) ?? { field, rule, runs: 0, values: new Set<string>() };
    known.runs += 1;
    if (known.values.size < valuesKeptMax) known.values.add(String(value));
    counted.rules.set(key, known);
  }
}

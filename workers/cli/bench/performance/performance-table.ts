import { paint, renderTable, type Cell, type Terminal } from '../../output.ts';
import { machineLine } from '../machine.ts';
import { calculonBar } from './calculon/published-bar.ts';
import { errorPercent, type Compared, type ErrorStatistics, type Estimate } from './error-statistics.ts';
import type { SetResult } from './protocols.ts';
import type { PerformanceBench } from './run-performance.ts';

/** Without a limit a set shows so many of its worst rows. */
const worstShown = 10;

export async function renderPerformanceBench(
  terminal: Terminal,
  bench: PerformanceBench,
  { allRows }: { readonly allRows: boolean },
): Promise<string> {
  const parts = [
    `${bench.runs} runs compared, ${bench.refused.length} refused, ${bench.skipped.length} rows set aside; table ${bench.digest.slice(0, 12)}, split ${bench.splitDigest.slice(0, 12)}`,
  ];
  for (const { protocol, title } of titles) {
    const results = bench.results.filter((one) => one.protocol === protocol);
    if (results.length > 0) parts.push('', paint(terminal, 'bold', title), await setTable(terminal, results));
  }
  if (bench.calculon !== null)
    parts.push(
      '',
      paint(terminal, 'bold', 'Calculon, run here on the same rows'),
      await calculonTable(terminal, bench),
    );
  const worst = bench.results.filter(({ protocol }) => protocol === 'leave-one-out');
  for (const { set, rows } of worst)
    parts.push('', ...(await failures(terminal, set, rows, allRows ? rows.length : worstShown)));
  if (bench.refused.length > 0)
    parts.push('', paint(terminal, 'bold', 'Refused'), ...bench.refused.map(({ id, reason }) => `  ${id}: ${reason}`));
  parts.push('', ...bench.aims.map(({ text, met }) => aimLine(terminal, text, met)), '', machineLine(bench.machine));
  return parts.join('\n');
}

const titles = [
  { protocol: 'leave-one-out', title: 'Source left out: constants fitted on the runs of all others' },
  { protocol: 'site', title: 'Site scale: the same constants, one number from RUNS of the site; errors of the others' },
  { protocol: 'half', title: 'Half: constants fitted on half of the set alone; errors of the other half' },
] as const;

async function setTable(terminal: Terminal, results: readonly SetResult[]): Promise<string> {
  const bySite = results[0]?.protocol === 'site';
  return renderTable(
    terminal,
    [
      'SET',
      ...(bySite ? ['RUNS'] : []),
      'N',
      'MEAN (95 %)',
      'MEDIAN (95 %)',
      'BIAS',
      'P90',
      '≤10 %',
      ...(bySite ? ['OTHER DRAWS'] : []),
      'NAIVE MEAN',
      'MEDIAN',
      'CALCULON MEAN',
      'MEDIAN',
    ],
    results.map((one) => [
      one.set,
      ...(bySite ? [String(one.siteRuns)] : []),
      ...statisticsCells(one.model),
      ...(bySite ? [drawsText(one)] : []),
      percent(one.naive.meanAbsolute.value),
      percent(one.naive.medianAbsolute.value),
      ...calculonCells(one),
    ]),
  );
}

function statisticsCells(statistics: ErrorStatistics): readonly string[] {
  const { n, meanAbsolute, medianAbsolute, bias, p90Absolute, within10 } = statistics;
  return [
    String(n),
    interval(meanAbsolute),
    interval(medianAbsolute),
    `${bias >= 0 ? '+' : ''}${bias.toFixed(1)}`,
    percent(p90Absolute),
    `${within10.toFixed(0)} %`,
  ];
}

function drawsText({ draws }: SetResult): string {
  return draws === null ? '' : `${draws.median.toFixed(1)} (${draws.low.toFixed(1)}–${draws.high.toFixed(1)})`;
}

function calculonCells({ set, protocol }: SetResult): readonly Cell[] {
  const bar = protocol === 'half' ? undefined : calculonBar[set];
  return bar === undefined ? ['', ''] : [percent(bar.meanAbsolute), percent(bar.medianAbsolute)];
}

async function calculonTable(terminal: Terminal, { calculon }: PerformanceBench): Promise<string> {
  const table = await renderTable(
    terminal,
    ['SET', 'N', 'MEAN (95 %)', 'MEDIAN (95 %)', 'BIAS', 'P90', '≤10 %', 'REFUSED'],
    (calculon?.sets ?? []).map(({ set, statistics, refused }) => [
      set,
      ...(statistics === null ? ['0', '', '', '', '', ''] : statisticsCells(statistics)),
      String(refused.length),
    ]),
  );
  return `${table}\nwhat went in and came out: ${calculon?.rawFiles.join(', ') ?? ''}`;
}

const missPercent = 10;

async function failures(
  terminal: Terminal,
  set: string,
  rows: readonly Compared[],
  shown: number,
): Promise<readonly string[]> {
  const missed = rows
    .map((row) => ({ ...row, error: errorPercent(row) }))
    .filter(({ error }) => Math.abs(error) > missPercent)
    .toSorted((a, b) => Math.abs(b.error) - Math.abs(a.error));
  const title = paint(terminal, 'bold', `${set}: ${missed.length} of ${rows.length} runs missed by more than 10 %`);
  if (missed.length === 0) return [title];
  const table = await renderTable(
    terminal,
    ['RUN', 'MEASURED', 'PREDICTED', 'ERROR'],
    missed
      .slice(0, shown)
      .map(({ id, measuredSeconds, predictedSeconds, error }) => [
        id,
        seconds(measuredSeconds),
        seconds(predictedSeconds),
        `${error >= 0 ? '+' : ''}${error.toFixed(1)} %`,
      ]),
  );
  return missed.length > shown ? [title, table, `  … and ${missed.length - shown} more: --rows`] : [title, table];
}

function aimLine(terminal: Terminal, text: string, met: boolean): string {
  return `${met ? paint(terminal, 'green', 'aim met   ') : paint(terminal, 'red', 'aim missed')}  ${text}`;
}

function interval({ value, low, high }: Estimate): string {
  return `${value.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;
}

function percent(value: number): string {
  return value.toFixed(1);
}

function seconds(value: number): string {
  return `${value.toPrecision(4)} s`;
}

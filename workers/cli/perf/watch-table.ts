import { watchPhase } from '../../../workflows/domain/perf-watch-details.ts';
import type { WatchedSpeed } from '../../../workflows/domain/perf-watch.ts';
import { age, paint, plain, renderTable, type Cell, type Terminal } from '../output.ts';
import type { WatchRow } from './watch-desk.ts';

/** Open watches as a table. */
export async function watchTable(
  terminal: Pick<Terminal, 'colour'>,
  rows: readonly WatchRow[],
  nowMs: number,
): Promise<string> {
  if (rows.length === 0) return 'No job is watched. Start watches with `wardround perf watch start --all`.';
  return renderTable(
    terminal,
    ['JOB', 'PHASE', 'AGE', 'LOOKS', 'NOW', 'STEP', 'PREDICTED', 'OWN', 'TOKENS/S', 'POWER', 'WARNING'],
    rows.map((row): readonly Cell[] => [row.job, phaseCell(row), age(nowMs - row.startedAtMs), ...seen(row)]),
  );
}

/** Everything that one watch says of itself. */
export function watchText(terminal: Pick<Terminal, 'colour'>, row: WatchRow): string {
  const { view } = row;
  const head = `${paint(terminal, 'bold', row.job)} on ${row.cluster}: ${phaseOf(row)}`;
  if (view === null) return `${head}\n  no worker answered; the watch itself is safe`;
  const { state, settings } = view;
  const { warning } = state;
  return [
    head,
    ...(view.ended === null ? [] : [`  ended: ${plain(view.ended)}`]),
    ...(state.paused === null ? [] : [`  paused by ${plain(state.paused.by)}: ${plain(state.paused.reason)}`]),
    `  ${state.looks} looks, one every ${settings.intervalMs / 1000} s of cluster time; now ${state.verdict ?? 'nothing seen'}`,
    ...(state.speed === null ? [] : speedLines(state.speed)),
    ...(warning === null
      ? ['  no warning is open']
      : [
          `  ${paint(terminal, 'yellow', 'warning')} since ${time(warning.startsAtMs)}: ${plain(warning.suspicion.summary)}`,
          `    ${warning.told === null ? 'not told to the API yet' : `incident ${warning.told.incidents.join(', ') || '-'}`}`,
          ...(warning.trouble === undefined ? [] : [`    ${paint(terminal, 'yellow', '!')} ${plain(warning.trouble)}`]),
        ]),
    ...state.past.map(
      (one) =>
        `  over: ${time(one.startsAtMs)} to ${time(one.resolvedAtMs)} ${plain(one.suspicion.summary)} (${one.incidents.join(', ') || 'no incident'})`,
    ),
    ...state.degraded.map((text) => `  ${paint(terminal, 'yellow', '!')} ${plain(text)}`),
  ].join('\n');
}

function speedLines(speed: WatchedSpeed): readonly string[] {
  return [
    `  step      ${number(speed.stepSeconds)} s, predicted ${number(speed.predictedStepSeconds)} s, own baseline ${number(speed.baselineStepSeconds)} s`,
    `  tokens/s  ${number(speed.tokensPerSecond)}, predicted ${number(speed.predictedTokensPerSecond)}`,
    `  power     ${number(speed.powerWattsPerGpu)} W a GPU, predicted ${number(speed.predictedPowerWattsPerGpu)} W`,
  ];
}

function seen({ view }: WatchRow): readonly Cell[] {
  if (view === null) return ['-', '-', '-', '-', '-', '-', '-', '-'];
  const { looks, verdict, speed, warning } = view.state;
  return [
    String(looks),
    verdict ?? '-',
    withUnit(speed?.stepSeconds, 's'),
    withUnit(speed?.predictedStepSeconds, 's'),
    withUnit(speed?.baselineStepSeconds, 's'),
    number(speed?.tokensPerSecond),
    withUnit(speed?.powerWattsPerGpu, 'W'),
    warning === null ? '-' : { text: `${warning.suspicion.tier}, ${warning.suspicion.component}`, style: 'yellow' },
  ];
}

function phaseOf({ open, phase, view }: WatchRow): string {
  return view === null ? (open ? (phase ?? 'starting') : 'ended') : watchPhase(view);
}

function phaseCell(row: WatchRow): Cell {
  const text = phaseOf(row);
  return { text, style: text === 'warning' ? 'red' : text === 'watching' ? 'green' : 'yellow' };
}

function withUnit(value: number | null | undefined, unit: string): string {
  return value === null || value === undefined ? '-' : `${number(value)} ${unit}`;
}

function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

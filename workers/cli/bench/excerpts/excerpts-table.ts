import { paint, renderTable, type Terminal } from '../../output.ts';
import type { Ablation } from './ablations.ts';
import type { ExcerptReport, SetReport } from './run-excerpts.ts';
import type { Score, Share } from './score.ts';

/** Where nothing is left out one column a set, else a table of each set; below, honesty of the probabilities, and misses. */
export async function renderExcerpts(terminal: Terminal, { sets }: ExcerptReport): Promise<string> {
  const isCompared = sets.some(({ set }, at) => sets.findIndex((other) => other.set === set) !== at);
  const tables = isCompared ? [...Map.groupBy(sets, ({ set }) => set).values()] : [sets];
  const whole = sets.filter(({ leftOut }) => leftOut.length === 0);
  const details = whole.length > 0 ? whole : sets;
  return [
    ...(await Promise.all(tables.map((reports) => tableOf(reports, terminal)))),
    ...(await Promise.all(details.map((report) => reliabilityText(report, terminal)))),
    ...details.filter(({ set }) => set !== 'held-out').map((report) => confusionText(report, terminal)),
  ].join('\n\n');
}

function tableOf(sets: readonly SetReport[], terminal: Terminal): Promise<string> {
  return renderTable(
    terminal,
    ['', ...sets.map(titleOf)],
    [
      ['cases (categories)', ...sets.map(({ score }) => `${score.cases} (${score.categories})`)],
      ...shares.map(([title, share]) => [title, ...sets.map(({ score }) => shareText(share(score)))]),
      ...figures.map(([title, figure]) => [title, ...sets.map(({ score }) => figure(score))]),
    ],
  );
}

function titleOf({ set, leftOut }: SetReport): string {
  return leftOut.length === 0 ? set : `${set} ${partsText(leftOut)}`;
}

function partsText(parts: readonly Ablation[]): string {
  return parts.join(' + ');
}

const shares: readonly (readonly [string, (score: Score) => Share])[] = [
  ['top-1', ({ top1 }) => top1],
  ['top-3', ({ top3 }) => top3],
  ['precision of attributed', ({ attributedPrecision }) => attributedPrecision],
  ['coverage of attributed', ({ attributedCoverage }) => attributedCoverage],
  ['decoys right', ({ decoysRight }) => decoysRight],
  ['first fault line', ({ firstFault }) => firstFault],
];

const figures: readonly (readonly [string, (score: Score) => string])[] = [
  ['micro-F1', ({ microF1 }) => microF1.toFixed(2)],
  ['macro-F1', ({ macroF1 }) => macroF1.toFixed(2)],
  ['Brier score', ({ calibration }) => calibration?.brier.toFixed(3) ?? 'none'],
  ['log loss', ({ calibration }) => calibration?.logLoss.toFixed(2) ?? 'none'],
  ['calibration error', ({ calibration }) => calibration?.expectedError.toFixed(3) ?? 'none'],
  ['seconds a case', ({ seconds }) => `${seconds.median.toFixed(3)} (at most ${seconds.max.toFixed(2)})`],
];

function shareText({ right, of, low, high }: Share): string {
  if (of === 0) return 'none';
  return `${right} of ${of}  ${percent(right / of)} % (${percent(low)}–${percent(high)})`;
}

function percent(value: number): string {
  return `${Math.round(value * 100)}`;
}

async function reliabilityText(report: SetReport, terminal: Terminal): Promise<string> {
  const rows = report.score.calibration?.reliability ?? [];
  if (rows.length === 0) return `${paint(terminal, 'bold', titleOf(report))}: nothing was stated`;
  const table = await renderTable(
    terminal,
    ['stated', 'on average', 'right'],
    rows.map(({ from, to, stated, right }) => [
      `${percent(from)}–${percent(to)} %`,
      `${percent(stated)} %`,
      shareText(right),
    ]),
  );
  return `${paint(terminal, 'bold', `${titleOf(report)}: what was stated of the first cause, and how often it was right`)}\n${table}`;
}

function confusionText(report: SetReport, terminal: Terminal): string {
  const lines = report.score.confusions.map(
    ({ expected, said, cases }) => `  ${expected} → ${said}  ${cases.join(' ')}`,
  );
  const title = paint(terminal, 'bold', `${titleOf(report)}: taken for something else`);
  return lines.length === 0 ? `${title}: none` : [title, ...lines].join('\n');
}

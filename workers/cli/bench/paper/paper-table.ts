import { renderTable, type Terminal } from '../../output.ts';
import type { Share } from '../excerpts/score.ts';
import type { PaperReport, PaperRow } from './run-paper.ts';

/** Published for the paper's own questions, with a large model (its section 5.2); fair setting, parts A, B, C. */
const published: Readonly<Record<PaperRow['part'], number>> = { A: 0.85, B: 0.62, C: 0.65 };

export async function renderPaper(terminal: Terminal, { rows, notes }: PaperReport): Promise<string> {
  const table = await renderTable(
    terminal,
    ['part', 'answered by', 'recall', 'left out', 'score (95 %)', 'all, tuned ones too', 's each', 'tokens', 'paper'],
    rows.map((row) => [
      row.part,
      row.by,
      row.mode ?? '-',
      row.without ?? '-',
      shareText(row.untouched),
      shareText(row.all),
      row.secondsMedian.toFixed(row.secondsMedian < 1 ? 3 : 1),
      row.tokens === 0 ? '-' : String(row.tokens),
      String(published[row.part]),
    ]),
  );
  const remarks = [
    'The paper’s figures are of other questions, answered by a large model: beside ours, not to be compared with them.',
    'The score of the rules counts only questions that they were not tuned on (docs/benchmark.md names the others).',
    ...notes,
    ...rows.flatMap(failures),
  ];
  return [table, ...rows.flatMap(categoryLines), remarks.join('\n')].join('\n\n');
}

function shareText({ right, of, low, high }: Share): string {
  if (of === 0) return 'none';
  return `${(right / of).toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}) ${right}/${of}`;
}

/** Part C by the cause that was asked for, worst first: where the questions are lost. */
function categoryLines(row: PaperRow): readonly string[] {
  if (row.part !== 'C' || row.without !== null) return [];
  const byCategory = Map.groupBy(row.answers, ({ category }) => category ?? '');
  const lines = [...byCategory]
    .map(([category, of]) => ({ category, right: of.filter((one) => one.right).length, of: of.length }))
    .toSorted((a, b) => a.right / a.of - b.right / b.of || (a.category < b.category ? -1 : 1))
    .map(({ category, right, of }) => `${category} ${right}/${of}`);
  return [`C by cause, ${row.by}${row.mode === null ? '' : `, ${row.mode}`}:\n  ${lines.join(', ')}`];
}

function failures(row: PaperRow): readonly string[] {
  const failed = row.answers.filter((one) => one.failed !== null);
  const [first] = failed;
  return first === undefined
    ? []
    : [`${row.by}, part ${row.part}: ${failed.length} without an answer (${first.id}: ${first.failed})`];
}

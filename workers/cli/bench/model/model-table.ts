import type { Verdict } from '../../../../workflows/domain/finding.ts';
import { plain, renderTable, type Terminal } from '../../output.ts';
import type { ModelBenchReport, ModelCaseRow } from './run-model.ts';

export async function renderModelBench(
  terminal: Terminal,
  { model, rows, worse, cases }: ModelBenchReport,
): Promise<string> {
  const table = await renderTable(
    terminal,
    ['case', 'rules', 'with the model', 'the model leads with', 'standing', 'claims struck', 'probes', 'tokens', 's'],
    rows.map((row) => [
      row.name,
      verdictText(row.rules),
      afterText(row),
      plain(row.leading ?? '-'),
      `${row.standing}/${row.hypotheses}`,
      `${row.struck}/${row.claims}`,
      row.wishes.join(' ') || '-',
      String(row.tokens),
      row.seconds.toFixed(1),
    ]),
  );
  const degraded = rows.filter((row) => row.degraded !== null);
  const count = (has: (row: ModelCaseRow) => boolean): number => rows.filter(has).length;
  const lines = [
    ...(rows.length < cases ? [`Stopped after ${rows.length} of ${cases} cases.`] : []),
    `${plain(model)}: ${worse} of ${rows.length} verdicts worse, ${count((row) => row.isChanged)} changed, ${count((row) => row.isDisputed)} disputed.`,
    `${degraded.length} of ${rows.length} answers could not be used.`,
    ...degraded.map(({ name, degraded: why }) => `  ${name}: ${plain(why ?? '')}`),
  ];
  return [table, lines.join('\n')].join('\n\n');
}

function afterText(row: ModelCaseRow): string {
  if (row.isWorse) return `WORSE: ${verdictText(row.withModel)}`;
  if (row.isChanged) return `changed: ${verdictText(row.withModel)}`;
  return row.isDisputed ? 'same, disputed' : 'same';
}

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'attributed':
      return verdict.causes.map(({ category }) => category).join(' + ');
    case 'no-fault':
      return 'no fault';
    case 'not-proven':
      return `not proven (${verdict.candidates[0]?.category ?? '-'})`;
  }
}

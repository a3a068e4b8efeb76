import { diagnosePath } from '../../diagnose.ts';
import { paint, renderTable, type Terminal } from '../../output.ts';
import { caseSets, readCases, type CaseSet, type ExcerptCase } from './cases.ts';
import { scoreOf, type Judged, type Score, type Share } from './score.ts';

export interface ExcerptReport {
  readonly sets: readonly { readonly set: CaseSet; readonly score: Score }[];
}

/** Diagnoses every recorded case, and counts. */
export async function runExcerpts(
  terminal: Terminal,
  options: { readonly dir: string; readonly sets: readonly CaseSet[] },
): Promise<ExcerptReport> {
  const sets: { set: CaseSet; score: Score }[] = [];
  for (const set of caseSets.filter((one) => options.sets.includes(one))) {
    const judged: Judged[] = [];
    for (const one of readCases(options.dir, set)) {
      terminal.transient?.(paint(terminal, 'dim', `  … ${set} ${one.name}`));
      judged.push(await judge(one));
    }
    terminal.transient?.('');
    sets.push({ set, score: scoreOf(judged) });
  }
  return { sets };
}

const silent: Terminal = {
  out: () => {},
  err: () => {},
  ask: () => Promise.resolve(''),
  colour: false,
  interactive: false,
};

export async function judge({ name, folder, expect }: ExcerptCase): Promise<Judged> {
  const report = await diagnosePath(folder, { terminal: silent, nowMs: () => performance.now() });
  const { category, verdict, firstFaultIncludes } = expect;
  const told = report.firstFault?.text ?? null;
  return {
    name,
    expected: category,
    expectedVerdict: verdict,
    verdict: report.verdict,
    ranked: report.causes.map((cause) => cause.category),
    firstFaultRight: firstFaultIncludes === null ? true : (told?.includes(firstFaultIncludes) ?? false),
  };
}

export async function renderExcerpts(terminal: Terminal, { sets }: ExcerptReport): Promise<string> {
  const rows = measures.map(([title, share]) => [title, ...sets.map(({ score }) => shareText(share(score)))]);
  const table = await renderTable(
    terminal,
    ['', ...sets.map(({ set, score }) => `${set} (${score.cases} cases, ${score.categories} categories)`)],
    [
      ...rows,
      ['micro-F1', ...sets.map(({ score }) => score.microF1.toFixed(2))],
      ['macro-F1', ...sets.map(({ score }) => score.macroF1.toFixed(2))],
    ],
  );
  return [table, ...sets.map(({ set, score }) => confusionText(set, score, terminal))].join('\n\n');
}

const measures: readonly (readonly [string, (score: Score) => Share])[] = [
  ['top-1', ({ top1 }) => top1],
  ['top-3', ({ top3 }) => top3],
  ['precision of attributed', ({ attributedPrecision }) => attributedPrecision],
  ['coverage of attributed', ({ attributedCoverage }) => attributedCoverage],
  ['decoys right', ({ decoysRight }) => decoysRight],
  ['first fault line', ({ firstFault }) => firstFault],
];

function shareText({ right, of, low, high }: Share): string {
  if (of === 0) return 'none';
  const percent = (value: number): string => `${Math.round(value * 100)}`;
  return `${right} of ${of}  ${percent(right / of)} % (${percent(low)}–${percent(high)})`;
}

function confusionText(set: CaseSet, { confusions }: Score, terminal: Terminal): string {
  const lines = confusions.map(({ expected, said, cases }) => `  ${expected} → ${said}  ${cases.join(' ')}`);
  const title = paint(terminal, 'bold', `${set}: taken for something else`);
  return lines.length === 0 ? `${title}: none` : [title, ...lines].join('\n');
}

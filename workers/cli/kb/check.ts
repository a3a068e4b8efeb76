import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import type { PlacedRecord } from '../../../kb/knowledge/check-records.ts';
import type { RecordProblem } from '../../../kb/knowledge/parse-record.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, renderTable, type Terminal } from '../output.ts';

/** `wardround kb check`: whether every record keeps the rules; needs no server. */
export function checkCommand({ terminal }: Pick<CliContext, 'terminal'>): Command {
  return new Command('check')
    .description(
      'check the records: form, names, lines against the detectors, balance of those that ship, twins; needs no server',
    )
    .argument('[folder]', 'a folder with records as YAML files, instead of those that ship')
    .option('--json', 'print { records, facts, categories, problems } as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ wardround kb check\n  $ wardround kb check ./site-records --json\n\nExit codes: 0 nothing found, 1 problems.',
    )
    .action(async (folder: string | undefined, { json }: { json?: true }) => {
      const report = await checkFolder(folder);
      if (json === true) terminal.out(renderJson(report));
      else terminal.out(await reportText(report, terminal));
      if (report.problems.length > 0) process.exitCode = exitCodes.failed;
    });
}

export interface CheckReport {
  /** Incident records; facts are counted apart. */
  readonly records: number;
  readonly facts: number;
  readonly categories: Readonly<Record<string, number>>;
  readonly problems: readonly RecordProblem[];
}

export async function checkFolder(folder?: string): Promise<CheckReport> {
  const [{ readRecordFiles }, { checkRecords }, { nameable }, { categories }] = await Promise.all([
    import('../../../activities/adapters/record-files.ts'),
    import('../../../kb/knowledge/check-records.ts'),
    import('../../../kb/knowledge/nameable.ts'),
    import('../../../kb/taxonomy.ts'),
  ]);
  if (folder !== undefined && !(await isFolder(folder)))
    throw new CommandFailure(`${plain(folder)} is no folder`, 'name a folder with records as YAML files', {
      exitCode: exitCodes.usage,
    });
  const { placed, problems } = await readRecordFiles(folder === undefined ? undefined : path.resolve(folder));
  const incidents = placed.filter(({ record }) => record.kind === 'incident');
  return {
    records: incidents.length,
    facts: placed.length - incidents.length,
    categories: Object.fromEntries(categories.map((id) => [id, countOf(incidents, id)])),
    problems: [...problems, ...checkRecords(placed, nameable, { whole: folder === undefined })],
  };
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function countOf(placed: readonly PlacedRecord[], category: string): number {
  return placed.filter(({ record }) => record.kind === 'incident' && record.category === category).length;
}

async function reportText({ records, facts, categories, problems }: CheckReport, terminal: Terminal): Promise<string> {
  const table = await renderTable(
    terminal,
    ['CATEGORY', 'RECORDS'],
    Object.entries(categories).map(([id, count]) => [id, String(count)]),
  );
  const lines = problems.map(
    ({ place, rule, message }) => `${paint(terminal, 'red', rule.padEnd(11))} ${plain(place)}: ${plain(message)}`,
  );
  const end = `${records} incident records and ${facts} facts, ${problems.length === 0 ? paint(terminal, 'green', 'no problems') : `${problems.length} problems`}`;
  return [table, ...lines, end].join('\n');
}

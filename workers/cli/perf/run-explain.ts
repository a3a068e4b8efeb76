import type { SiteScale } from '../../../kb/performance/prediction.ts';
import { CommandFailure, exitCodes, plain, renderJson, type Terminal } from '../output.ts';
import { explainRun, explanationJson } from './explain-run.ts';
import { renderExplanation } from './explain-run-text.ts';
import { misnamedFields } from './misnamed-fields.ts';
import { readRuns, type RunEntry, type RunSource } from './read-runs.ts';

export interface ExplainOptions {
  readonly json: boolean;
  /** Which of several runs. */
  readonly id: string | null;
  readonly site: SiteScale | null;
  readonly columnsWide: number;
}

/** Explains one run of a source. */
export async function runExplain(terminal: Terminal, source: RunSource, options: ExplainOptions): Promise<void> {
  const row = await pickRun(source, options.id);
  if (row.kind === 'run')
    for (const { field, called } of misnamedFields(row.run))
      terminal.err(`${field} is not read: the field is called ${called}`);
  const explained = explainRun(row, options.site);
  if ('problems' in explained)
    throw new CommandFailure(
      `the run is refused\n${explained.problems.map(({ place, field, reason }) => `  ${plain(`${place} ${field}: ${reason}`)}`).join('\n')}`,
      'every field is described in docs/performance.md, section "Job files"',
    );
  terminal.out(
    options.json ? renderJson(explanationJson(explained)) : renderExplanation(terminal, explained, options.columnsWide),
  );
}

type Row = Exclude<RunEntry, { kind: 'skipped' }>;

/** The run of that id; without one the only run. */
async function pickRun(source: RunSource, id: string | null): Promise<Row> {
  let only: Row | null = null;
  for await (const entry of readRuns(source)) {
    if (entry.kind === 'skipped' || (id !== null && entry.id !== id)) continue;
    if (id !== null) return entry;
    if (only !== null)
      throw usage(
        `${source.name} holds several runs, such as ${plain(only.id)} and ${plain(entry.id)}`,
        'choose one with --run ID',
      );
    only = entry;
  }
  if (only === null)
    throw usage(
      id === null ? `${source.name} holds no run` : `${source.name} holds no run "${plain(id)}"`,
      'see `wardround perf predict --help` for an example',
    );
  return only;
}

function usage(message: string, advice: string): CommandFailure {
  return new CommandFailure(message, advice, { exitCode: exitCodes.usage });
}

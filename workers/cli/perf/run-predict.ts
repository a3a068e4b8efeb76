import type { SiteScale } from '../../../kb/performance/prediction.ts';
import { CommandFailure, exitCodes, jsonLine, paint, plain, type ExitCode, type Terminal } from '../output.ts';
import { errorSummary } from './error-summary.ts';
import { misnamedFields } from './misnamed-fields.ts';
import { outcomeJson, outcomeOf } from './predict-runs.ts';
import {
  assumptionLines,
  countAssumptions,
  renderPredictions,
  type AssumptionCount,
  type Shown,
} from './prediction-table.ts';
import { readRuns, type RunSource } from './read-runs.ts';

export interface PredictOptions {
  readonly json: boolean;
  readonly site: SiteScale | null;
  readonly columnsWide: number;
}

interface Tally {
  predicted: number;
  refused: number;
  readonly skipped: Map<string, number>;
}

/** Predicts every run of a source in its order, and answers the exit code: failed where a run was refused. */
export async function runPredict(terminal: Terminal, source: RunSource, options: PredictOptions): Promise<ExitCode> {
  const tally: Tally = { predicted: 0, refused: 0, skipped: new Map() };
  const told = options.json ? jsonLines(terminal) : tables(terminal, options.columnsWide);
  const misnamed = new Map<string, string>();
  for await (const entry of readRuns(source)) {
    if (entry.kind === 'run') for (const { field, called } of misnamedFields(entry.run)) misnamed.set(field, called);
    const outcome = outcomeOf(entry, options.site);
    if (outcome.kind === 'skipped') {
      tally.skipped.set(outcome.rowKind, (tally.skipped.get(outcome.rowKind) ?? 0) + 1);
      continue;
    }
    tally[outcome.kind] += 1;
    await told.add(outcome);
  }
  const { predicted, refused, skipped } = tally;
  if (predicted + refused === 0 && skipped.size === 0)
    throw new CommandFailure(`${source.name} holds no run`, 'see `wardround perf predict --help` for an example', {
      exitCode: exitCodes.usage,
    });
  await told.end(tally);
  for (const [rowKind, rows] of skipped)
    terminal.err(`skipped ${rows} rows of kind ${plain(rowKind)}: they are no training runs`);
  for (const [field, called] of misnamed) terminal.err(`${field} is not read: the field is called ${called}`);
  if (refused > 0) terminal.err(paint(terminal, 'red', `${refused} of ${predicted + refused} runs were refused`));
  return refused > 0 ? exitCodes.failed : exitCodes.done;
}

interface Told {
  readonly add: (outcome: Shown) => Promise<void>;
  readonly end: (tally: Tally) => Promise<void>;
}

function jsonLines({ out }: Terminal): Told {
  return {
    async add(outcome) {
      out(jsonLine(outcomeJson(outcome)));
    },
    async end() {},
  };
}

// Laid out together; a longer list is told as several tables.
const tableRowsMax = 250;
const problemsShownMax = 100;

function tables(terminal: Terminal, columnsWide: number): Told {
  const page: Shown[] = [];
  const summary = errorSummary();
  const assumptions: AssumptionCount = { runs: 0, rules: new Map() };
  let problems = 0;
  const flush = async () => {
    if (page.length > 0) terminal.out(await renderPredictions(terminal, page, columnsWide));
    page.length = 0;
  };
  return {
    async add(outcome) {
      page.push(outcome);
      if (outcome.kind === 'predicted') {
        summary.add(outcome);
        countAssumptions(assumptions, outcome.prediction.assumed);
      } else
        for (const { place, field, reason } of outcome.problems) {
          problems += 1;
          if (problems <= problemsShownMax)
            terminal.err(`${plain(place)} ${paint(terminal, 'red', 'refused')} ${plain(field)}: ${plain(reason)}`);
        }
      if (page.length >= tableRowsMax) await flush();
    },
    async end() {
      await flush();
      if (problems > problemsShownMax) terminal.err(`and ${problems - problemsShownMax} more; --json lists all`);
      const errors = await summary.render(terminal);
      if (errors !== null) terminal.out(`\nPredicted against measured\n${errors}`);
      const lines = assumptionLines(assumptions, columnsWide);
      if (lines.length > 0) terminal.out(`\n${lines.join('\n')}`);
    },
  };
}

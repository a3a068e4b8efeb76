import type { SiteScale } from '../../../kb/performance/prediction.ts';
import {
  CommandFailure,
  exitCodes,
  jsonLine,
  paint,
  plain,
  renderTable,
  type Cell,
  type ExitCode,
  type Terminal,
} from '../output.ts';
import { digits, shortened } from './figures.ts';
import { outcomeOf, type Outcome } from './predict-runs.ts';
import { readRuns, type RunSource } from './read-runs.ts';

/** A run against its prediction. `ratio`: measured over predicted step time, 1.2 is a fifth slower. */
export type ComparedRun =
  | {
      readonly id: string;
      readonly verdict: 'slow' | 'normal' | 'faster';
      readonly measuredSeconds: number;
      readonly predictedSeconds: number;
      readonly low: number;
      readonly high: number;
      readonly ratio: number;
      readonly assumed: number;
    }
  | { readonly id: string; readonly verdict: 'unmeasured'; readonly predictedSeconds: number }
  | {
      readonly id: string;
      readonly verdict: 'refused';
      readonly refused: readonly { readonly field: string; readonly reason: string; readonly place: string }[];
    };

export function compareRun(outcome: Exclude<Outcome, { kind: 'skipped' }>): ComparedRun {
  const { id } = outcome;
  if (outcome.kind === 'refused') return { id, verdict: 'refused', refused: outcome.problems };
  const { measuredSeconds, prediction } = outcome;
  const { iterationSeconds: predictedSeconds, low, high } = prediction;
  if (measuredSeconds === null) return { id, verdict: 'unmeasured', predictedSeconds };
  const verdict = measuredSeconds > high ? 'slow' : measuredSeconds < low ? 'faster' : 'normal';
  const ratio = measuredSeconds / predictedSeconds;
  return { id, verdict, measuredSeconds, predictedSeconds, low, high, ratio, assumed: prediction.assumed.length };
}

export interface CompareRunsOptions {
  readonly json: boolean;
  readonly site: SiteScale | null;
  readonly columnsWide: number;
}

/** Tells of every run in its order; slow ones decide the exit code. */
export async function compareRuns(
  terminal: Terminal,
  source: RunSource,
  { json, site, columnsWide }: CompareRunsOptions,
): Promise<ExitCode> {
  const counted = new Map<string, number>();
  const page: ComparedRun[] = [];
  let problems = 0;
  const flush = async () => {
    if (page.length > 0) terminal.out(await table(terminal, page, columnsWide));
    page.length = 0;
  };
  for await (const entry of readRuns(source)) {
    const outcome = outcomeOf(entry, site);
    const told = outcome.kind === 'skipped' ? 'skipped' : tell(compareRun(outcome));
    counted.set(told, (counted.get(told) ?? 0) + 1);
    if (page.length >= tableRowsMax) await flush();
  }
  await flush();
  if (counted.size === 0)
    throw new CommandFailure(`${source.name} holds no run`, 'see `wardround perf predict --help` for an example', {
      exitCode: exitCodes.usage,
    });
  if (problems > problemsShownMax) terminal.err(`and ${problems - problemsShownMax} more; --json lists all`);
  if (!json) terminal.out([...counted].map(([verdict, runs]) => `${runs} ${verdict}`).join(', '));
  if (counted.has('slow')) return exitCodes.failed;
  return counted.has('normal') || counted.has('faster') ? withoutRefused(counted) : exitCodes.notProven;

  function tell(run: ComparedRun): ComparedRun['verdict'] {
    if (json) terminal.out(jsonLine(run));
    else {
      page.push(run);
      if (run.verdict === 'refused') run.refused.forEach(tellProblem);
    }
    return run.verdict;
  }

  function tellProblem({ place, field, reason }: { place: string; field: string; reason: string }): void {
    problems += 1;
    if (problems <= problemsShownMax)
      terminal.err(`${plain(place)} ${paint(terminal, 'red', 'refused')} ${plain(field)}: ${plain(reason)}`);
  }
}

const problemsShownMax = 100;

function withoutRefused(counted: ReadonlyMap<string, number>): ExitCode {
  return counted.has('refused') ? exitCodes.notProven : exitCodes.done;
}

// Laid out together; a longer list is told as several tables.
const tableRowsMax = 250;
const idColumnsMax = 48;
const idColumnsMin = 12;
// All columns but the first, as wide as their heads and three digits make them.
const figureColumns = 63;

function table(terminal: Pick<Terminal, 'colour'>, runs: readonly ComparedRun[], columnsWide: number): Promise<string> {
  const idColumns = Math.max(idColumnsMin, Math.min(idColumnsMax, columnsWide - figureColumns));
  const heads = ['RUN', 'VERDICT', 'MEASURED S', 'PREDICTED', '9 OF 10 IN', 'RATIO', 'ASSUMED'];
  return renderTable(
    terminal,
    heads,
    runs.map((run) => cells(run, idColumns)),
  );
}

function cells(run: ComparedRun, idColumns: number): readonly Cell[] {
  const name = shortened(plain(run.id), idColumns);
  switch (run.verdict) {
    case 'refused':
      return [name, { text: 'refused', style: 'red' }];
    case 'unmeasured':
      return [name, 'unmeasured', '', digits(run.predictedSeconds)];
    case 'slow':
    case 'faster':
    case 'normal': {
      const style = run.verdict === 'slow' ? 'red' : run.verdict === 'faster' ? 'yellow' : 'green';
      const bounds = `${digits(run.low)}-${digits(run.high)}`;
      const figures = [digits(run.measuredSeconds), digits(run.predictedSeconds), bounds, run.ratio.toFixed(2)];
      return [name, { text: run.verdict, style }, ...figures, String(run.assumed)];
    }
  }
}

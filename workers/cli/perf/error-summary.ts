import { mean, median, quantile } from 'simple-statistics';
import type { TrainingRun } from '../../../kb/schemas/training-run.ts';
import { plain, renderTable, type Terminal } from '../output.ts';
import { shortened, signedPercent } from './figures.ts';
import { relativeError, type Outcome } from './predict-runs.ts';

/** Errors of the runs that say what they measured; sets of runs are never pooled. */
export interface ErrorSummary {
  readonly add: (outcome: Extract<Outcome, { kind: 'predicted' }>) => void;
  readonly render: (terminal: Pick<Terminal, 'colour'>) => Promise<string | null>;
}

export function errorSummary(): ErrorSummary {
  const sets = new Map<string, { readonly errors: number[]; inside: number }>();
  return {
    add({ run, prediction, measuredSeconds }) {
      if (measuredSeconds === null) return;
      const name = setOf(run);
      const set = sets.get(name) ?? { errors: [], inside: 0 };
      set.errors.push(relativeError(prediction.iterationSeconds, measuredSeconds));
      if (measuredSeconds >= prediction.low && measuredSeconds <= prediction.high) set.inside += 1;
      sets.set(name, set);
    },
    async render(terminal) {
      const rows = [...sets].filter(([, { errors }]) => errors.length > 1);
      if (rows.length === 0) return null;
      const heads = ['SET', 'RUNS', 'MEAN ERROR', 'MEDIAN', 'BIAS', 'P90', 'WITHIN 10 %', 'IN BOUNDS'];
      return renderTable(
        terminal,
        heads,
        rows.map(([name, set]) => summaryCells(shortened(plain(name), nameColumnsMax), set.errors, set.inside)),
      );
    },
  };
}

const nameColumnsMax = 16;

function summaryCells(name: string, errors: readonly number[], inside: number): readonly string[] {
  const sizes = errors.map(Math.abs);
  const share = (count: number) => `${((100 * count) / errors.length).toFixed(0)} %`;
  return [
    name,
    String(errors.length),
    percent(mean(sizes)),
    percent(median(sizes)),
    signedPercent(mean([...errors])),
    percent(quantile(sizes, 0.9)),
    share(sizes.filter((size) => size <= 0.1).length),
    share(inside),
  ];
}

/** Published tables name the set that a run belongs to. */
function setOf(run: TrainingRun): string {
  const { set } = run;
  return typeof set === 'string' ? set : '(no set)';
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

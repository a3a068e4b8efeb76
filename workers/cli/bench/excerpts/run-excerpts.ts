import { openRecaller, type Recaller } from '../../diagnose-recall.ts';
import { paint, type Terminal } from '../../output.ts';
import type { Ablation } from './ablations.ts';
import { readMeasured, type MeasuredSet } from './cases.ts';
import { judgeCase, readCase, type ReadCase } from './judge-case.ts';
import { scoreOf, type Judged, type Score } from './score.ts';

export interface ExcerptReport {
  readonly sets: readonly SetReport[];
}

export interface SetReport {
  readonly set: MeasuredSet;
  /** What was left out together; empty: nothing. */
  readonly leftOut: readonly Ablation[];
  readonly score: Score;
  /** Case by case; not of the set that is only looked at, where nobody should see what to tune on. */
  readonly cases?: readonly JudgedCase[];
}

export interface JudgedCase extends Pick<Judged, 'name' | 'expected' | 'verdict' | 'ranked' | 'stated'> {
  readonly right: boolean;
}

export interface ExcerptRun {
  readonly dir: string;
  readonly sets: readonly MeasuredSet[];
  /** Each entry is measured by itself; an empty one leaves nothing out. */
  readonly leftOut: readonly (readonly Ablation[])[];
}

/** Diagnoses every recorded case, whole and with parts left out, and counts. */
export async function runExcerpts(
  terminal: Terminal,
  { dir, sets, leftOut }: ExcerptRun,
  recaller?: Recaller,
): Promise<ExcerptReport> {
  const measured = sets.map((set) => ({ set, cases: readMeasured(dir, set) }));
  const search = recaller ?? (await openRecaller());
  const reports: SetReport[] = [];
  for (const { set, cases } of measured) {
    const read: ReadCase[] = [];
    for (const one of cases) {
      terminal.transient?.(paint(terminal, 'dim', `  … ${set} ${read.length + 1} of ${cases.length}`));
      read.push(await readCase(one));
    }
    const judged = leftOut.map((): Judged[] => []);
    // Case by case: what is recalled without a case's own source is learned once for all parts.
    for (const [at, one] of read.entries()) {
      terminal.transient?.(paint(terminal, 'dim', `  … ${set} judged ${at} of ${cases.length}`));
      for (const [part, parts] of leftOut.entries()) judged[part]?.push(await judgeCase(one, new Set(parts), search));
    }
    for (const [part, parts] of leftOut.entries()) {
      const own = judged[part] ?? [];
      const rows = set === 'held-out' ? {} : { cases: own.map(rowOf) };
      reports.push({ set, leftOut: parts, score: shown(set, scoreOf(own)), ...rows });
    }
    terminal.transient?.('');
  }
  return { sets: reports };
}

function rowOf({ name, expected, verdict, ranked, stated, ...judged }: Judged): JudgedCase {
  const right = expected === null ? verdict === (judged.expectedVerdict ?? verdict) : ranked[0] === expected;
  return { name, expected, verdict, ranked: ranked.slice(0, 3), stated, right };
}

/** What was taken for what in the set that is only looked at stays unseen. */
function shown(set: MeasuredSet, score: Score): Score {
  return set === 'held-out' ? { ...score, confusions: [] } : score;
}

import { writeFileSync } from 'node:fs';
import { fitConstants, unseenResiduals } from '../../../../kb/performance/fit/fit.ts';
import type { Constants } from '../../../../kb/performance/model/constants.ts';
import { measuredRun } from './model-candidate.ts';
import { prepareCases } from './prepare-cases.ts';
import { readRuns } from './published-runs.ts';
import { digestOf } from './split.ts';

/** What a file of constants says about where its numbers come from. */
export interface Provenance {
  /** SHA-256 of the table of runs. */
  readonly digest: string;
  readonly splitDigest: string;
  /** Set and number of its runs. */
  readonly sets: readonly (readonly [set: string, runs: number])[];
  /** ISO 8601, without time. */
  readonly day: string;
}

/** Fits on every published run and writes the constants that predictions use; says what it did. */
export function writeConstants(published: string, target: string, nowMs: number): string {
  const { runs, digest } = readRuns(published);
  const { cases } = prepareCases(runs);
  const rows = cases.map(measuredRun);
  const constants = fitConstants(rows, { residuals: unseenResiduals(rows) });
  const sets = [...Map.groupBy(cases, ({ set }) => set)].map(([set, own]) => [set, own.length] as const);
  const provenance = { digest, splitDigest: digestOf(runs), sets, day: new Date(nowMs).toISOString().slice(0, 10) };
  writeFileSync(target, constantsText(constants, provenance));
  return `${rows.length} runs of ${sets.length} sets, errors on unseen sources spread by ${(constants.residuals.sigma * 100).toFixed(1)} %: ${target}`;
}

/** A module in the form that the formatter leaves alone. Numbers have four digits; more would be noise. */
export function constantsText(
  { values, residuals }: Constants,
  { digest, splitDigest, sets, day }: Provenance,
): string {
  const lines = (numbers: Readonly<Record<string, number>>, indent: string): string =>
    Object.entries(numbers)
      .map(([name, value]) => `${indent}${name}: ${Number(value.toPrecision(4))},\n`)
      .join('');
  return `import type { Constants } from './constants.ts';

/**
 * Written by \`wardround bench performance --write-constants\`; change the model or the rows, never these numbers.
 *
 * Fitted on ${day} on ${sets.map(([set, runs]) => `${runs} runs of ${set}`).join(',\n * ')}.
 * SHA-256 of the rows: ${digest}
 * Split: ${splitDigest}
 */
export const fittedConstants: Constants = {
  values: {
${lines(values, '    ')}  },
  residuals: {
${lines({ ...residuals }, '    ')}  },
};
`;
}

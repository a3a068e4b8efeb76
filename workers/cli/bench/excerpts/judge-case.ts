import { rankLogs, supported, type Ranking } from '../../../../kb/reasoning/diagnose.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import type { Category } from '../../../../kb/taxonomy.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import { firstFaultOf, rankedCauses } from '../../diagnose-report.ts';
import { nothingRecalled, recallQuery, weightsOf, type Recalled, type Recaller } from '../../diagnose-recall.ts';
import { readTold, type Told } from '../../diagnose-read.ts';
import type { Terminal } from '../../output.ts';
import { keywordVerdict } from '../cluster/keyword-verdict.ts';
import type { Ablation } from './ablations.ts';
import type { MeasuredCase } from './cases.ts';
import type { Judged } from './score.ts';

/** A case that has been read once, for all that is measured on it. */
export interface ReadCase {
  readonly measured: MeasuredCase;
  readonly told: Told;
  readonly readMs: number;
}

export async function readCase(measured: MeasuredCase): Promise<ReadCase> {
  const startedMs = performance.now();
  const told = await readTold(measured.folder, { terminal: silent, nowMs: () => performance.now() });
  return { measured, told, readMs: performance.now() - startedMs };
}

const silent: Terminal = {
  out: () => {},
  err: () => {},
  ask: () => Promise.resolve(''),
  colour: false,
  interactive: false,
};

/** What the diagnosis says of a case with these parts left out, beside what is known of it. */
export async function judgeCase(
  { measured, told, readMs }: ReadCase,
  leftOut: ReadonlySet<Ablation>,
  recaller: Recaller,
): Promise<Judged> {
  const startedMs = performance.now();
  const seen = leftOut.has('no-notes') ? { ...told, noted: [], notes: '' } : told;
  const findings = leftOut.has('no-detectors') ? [] : [...seen.logged, ...seen.noted];
  const recalled = leftOut.has('no-recall')
    ? nothingRecalled
    : await recaller.recall({
        query: recallQuery(findings, seen, knowledge.kinds),
        words: { lines: seen.lines, notes: seen.notes },
        // What was tuned on is among the examples; a case is never its own.
        ...(measured.source === undefined ? {} : { without: measured.source }),
      });
  const { verdict, ranked } = leftOut.has('keywords')
    ? keywordRanking(findings)
    : reasoned(findings, recalled, leftOut.has('no-critique'));
  const causes = verdict.kind === 'no-fault' ? [] : rankedCauses(verdict, supported(ranked));
  const fault = firstFaultOf({ logged: seen.logged, noted: seen.noted }, verdict);
  const { category, verdict: expectedVerdict, firstFaultIncludes } = measured.expect;
  const shares = leftOut.has('keywords') ? certain(causes[0]?.category) : categoryShares(ranked);
  return {
    name: measured.name,
    expected: category,
    expectedVerdict,
    verdict: verdict.kind,
    ranked: causes.map((cause) => cause.category),
    stated: causes[0]?.probability ?? null,
    shares,
    firstFaultRight:
      firstFaultIncludes === null || firstFaultIncludes === undefined
        ? true
        : (fault?.text.includes(firstFaultIncludes) ?? false),
    ms: readMs + performance.now() - startedMs,
  };
}

function reasoned(findings: readonly Finding[], recalled: Recalled, uncritical: boolean): Ranking {
  return rankLogs(findings, knowledge, weightsOf(recalled), (input) => (uncritical ? { ...input, uncritical } : input));
}

function keywordRanking(findings: readonly Finding[]): Ranking {
  return { verdict: keywordVerdict(findings), ranked: [] };
}

/** Probability of each category, its places together. */
function categoryShares(ranked: Ranking['ranked']): ReadonlyMap<string, number> {
  const shares = new Map<Category, number>();
  for (const { category, probability } of ranked) shares.set(category, (shares.get(category) ?? 0) + probability);
  return shares;
}

/** A search for keywords states no probability: what it names, it names. */
function certain(category: string | undefined): ReadonlyMap<string, number> {
  return new Map(category === undefined ? [] : [[category, 1]]);
}

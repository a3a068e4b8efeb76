import { logScans, foldReports } from '../../../../activities/scan-engine.ts';
import type { AttributionQuestion } from '../../../../kb/benchmark/question.ts';
import { noteFindings } from '../../../../kb/logs/notes.ts';
import { diagnose } from '../../../../kb/reasoning/diagnose.ts';
import type { RecalledWeight } from '../../../../kb/reasoning/hypotheses.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import type { CategoryShares } from './match-options.ts';

/** What a chooser sees of a question of part C: never the categories of the choices, the answer or why. */
export type ShownQuestion = Pick<AttributionQuestion, 'shown' | 'question'> & {
  readonly choices: readonly Pick<AttributionQuestion['choices'][number], 'label' | 'text'>[];
};

/** What the product's detectors and note readers see in a text that mixes logs, outputs of tools and remarks. */
export function findingsIn(text: string): readonly Finding[] {
  const scan = logScans().open({ source: 'question', evidenceId: 'question' });
  scan.feed(new TextEncoder().encode(text));
  const fold = foldReports();
  fold.add(scan.end());
  const noted = noteFindings(
    text
      .split('\n')
      .map((line, at) => ({ source: 'question', evidenceId: `note_${at + 1}`, line: at + 1, text: line })),
  );
  return [...fold.findings(), ...noted];
}

export interface Choosing {
  readonly findings: readonly Finding[];
  readonly recalled: readonly RecalledWeight[];
  /** Votes of keywords in place of the diagnosis. */
  readonly keywords: boolean;
  readonly sharesOf: (sentence: string) => CategoryShares;
}

/** The choice whose words speak of the causes that the diagnosis holds probable. */
export function chooseByRules({ choices }: ShownQuestion, choosing: Choosing): string {
  const probable = choosing.keywords ? byKeywords(choosing.findings) : byDiagnosis(choosing);
  const scored = choices.map(({ label, text }) => {
    const shares = [...choosing.sharesOf(text)];
    const score = shares.reduce((sum, [category, share]) => sum + share * (probable.get(category) ?? 0), 0);
    return { label, score };
  });
  return scored.toSorted((a, b) => b.score - a.score || (a.label < b.label ? -1 : 1))[0]?.label ?? '';
}

/** Of a category: that of its most probable place. */
function byDiagnosis({ findings, recalled }: Choosing): ReadonlyMap<string, number> {
  const probable = new Map<string, number>();
  for (const { category, probability } of diagnose(findings, knowledge, recalled).ranked)
    probable.set(category, Math.max(probability, probable.get(category) ?? 0));
  return probable;
}

/** Every finding is a vote for what its kind is best known for. */
function byKeywords(findings: readonly Finding[]): ReadonlyMap<string, number> {
  const votes = new Map<string, number>();
  for (const { kind, count } of findings) {
    const weighs = Object.entries(knowledge.kinds.get(kind)?.weighs ?? {});
    const [best] = weighs.filter(([, weight]) => weight > 0).toSorted(([, a], [, b]) => b - a);
    if (best !== undefined) votes.set(best[0], (votes.get(best[0]) ?? 0) + count);
  }
  return votes;
}

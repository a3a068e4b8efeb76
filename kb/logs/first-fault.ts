import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { sequenceKinds } from '../detectors/sequences/index.ts';
import { isTelling, relate, tellingWeightMin, withFirstFailed } from './first-cause.ts';
import { inOrder } from './order.ts';

/**
 * The line with which the trouble began: the earliest cause, or, where no line tells a cause, the earliest symptom. Of
 * the ranks, the one that the launcher saw fail first is heard first. `leading` (the cause that reasoning settled on)
 * keeps an unrelated earlier warning from taking its place.
 */
export function firstFault(
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
  leading: readonly Category[] = [],
): Finding | null {
  const ordered = inOrder(findings);
  const causes = ordered.filter(({ role }) => role === 'cause');
  const weightFor = (finding: Finding, category: Category): number => kinds.get(finding.kind)?.weighs[category] ?? 0;
  const leadingCauses = causes.filter((finding) =>
    leading.some((category) => weightFor(finding, category) >= tellingWeightMin),
  );
  const telling = causes.filter((finding) => isTelling(finding, kinds));
  const first = (ofCauses: readonly Finding[]): Finding | undefined => withFirstFailed(ofCauses, findings)[0];
  return first(leadingCauses) ?? first(telling) ?? first(causes) ?? firstSymptom(ordered, findings, kinds);
}

/** A line that tells of trouble before the comparisons, which cite the last good line; none that follows another. */
function firstSymptom(
  ordered: readonly Finding[],
  findings: readonly Finding[],
  kinds: ReadonlyMap<string, FindingKind>,
): Finding | null {
  const symptoms = ordered.filter(({ role }) => role === 'symptom');
  const told = symptoms.filter(({ kind }) => !compared.has(kind));
  if (told.length === 0) return symptoms[0] ?? null;
  const follows = relate(findings, kinds);
  const ids = new Set(told.map(({ id }) => id));
  return withFirstFailed(told, findings).find(({ id }) => !ids.has(follows.get(id) ?? '')) ?? told[0] ?? null;
}

const compared: ReadonlySet<string> = new Set(sequenceKinds.map(({ id }) => id));

import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';

/** Adds the clean finding unless something was seen that is a cause or a symptom; context does not stop it. */
export function orClean(
  seen: readonly ProbeFinding[],
  kinds: readonly FindingKind[],
  clean: ProbeFinding,
): readonly ProbeFinding[] {
  const telling = new Set(
    kinds.filter((kind) => kind.role === 'cause' || kind.role === 'symptom').map((kind) => kind.id),
  );
  return seen.some((finding) => telling.has(finding.kind)) ? seen : [...seen, clean];
}

/** The middle value; siblings are few, so an even count takes the mean of the two in the middle. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (upper + lower) / 2;
}

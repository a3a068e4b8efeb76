import type { Category } from '../../../workflows/domain/categories.ts';
import type { FindingKind } from '../../schemas/finding-kind.ts';
import { standing } from './standing.ts';

/** One kind of observation and the words in which people tell it. Tried on one sentence of a note at a time. */
export interface NotePattern extends FindingKind {
  /** Upper and lower case count as the same. */
  readonly pattern: RegExp;
  /** Compares amounts where the meaning depends on them. `said`: what the pattern matched; `sentence`: all around it. */
  readonly check?: (said: string, sentence: string) => boolean;
  /** `not`, `missing`, `no` belong to what is observed ("module not loaded") and deny nothing. */
  readonly saysNot?: true;
  readonly sees: readonly [string, ...string[]];
  readonly ignores: readonly [string, ...string[]];
}

/** What one sentence says by one theme. */
export interface NoteReading {
  readonly kind: FindingKind;
  /** The words that say it, as offsets in the sentence. */
  readonly from: number;
  readonly to: number;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

export interface NoteDetector {
  readonly id: string;
  readonly kinds: readonly FindingKind[];
  read(sentence: string): readonly NoteReading[];
}

/**
 * A theme of observations. Words belong to the first pattern that matches them, so the most specific stands first; one
 * sentence may tell several things with different words.
 */
export function noteDetector(
  id: string,
  patterns: readonly NotePattern[],
): NoteDetector & { readonly patterns: readonly NotePattern[] } {
  const rows = patterns.map((pattern) => ({
    pattern,
    words: new RegExp(pattern.pattern, 'i'),
    kind: kindOf(pattern),
    denied: deniedKind(pattern),
  }));
  return {
    id,
    patterns,
    kinds: rows.flatMap(({ kind, denied }) => (denied === null ? [kind] : [kind, denied])),
    read(sentence) {
      const readings: NoteReading[] = [];
      for (const { pattern, words, kind, denied } of rows) {
        const found = words.exec(sentence);
        if (found === null || pattern.check?.(found[0], sentence) === false) continue;
        const from = found.index;
        const to = from + found[0].length;
        if (readings.some((other) => from < other.to && other.from < to)) continue;
        const how = standing({ sentence, from, to, saysNot: pattern.saysNot === true });
        const told = how === 'said' ? kind : how === 'denied' ? denied : null;
        if (told !== null) readings.push({ kind: told, from, to, groups: found.groups ?? {} });
      }
      return readings;
    },
  };
}

export function kindOf({ id, summary, role, weighs, source }: FindingKind): FindingKind {
  return { id, summary, role, weighs, source };
}

// Somebody looked and did not see it: that speaks against, but people look in the wrong place or at the wrong time. A
// miss in one of four cases (our judgement) bounds the weight at ln(1/4); hints weigh less when they are absent.
const deniedShare = 0.4;
const deniedWeightMin = -1.4;
const deniableWeight = 1;

/** The same observation, looked for and not made. */
export function deniedKind({ id, summary, role, weighs, source }: FindingKind): FindingKind | null {
  if (role !== 'cause') return null;
  const against = Object.entries(weighs)
    .filter(([, weight]) => weight >= deniableWeight)
    .map(([category, weight]) => [category, deniedWeight(weight)] as const);
  return {
    id: `${id}.denied`,
    summary: `looked for and not seen: ${summary}`,
    role: 'context',
    weighs: Object.fromEntries(against) satisfies Partial<Record<Category, number>>,
    source,
  };
}

function deniedWeight(weight: number): number {
  return Number(Math.max(deniedWeightMin, -weight * deniedShare).toFixed(2));
}

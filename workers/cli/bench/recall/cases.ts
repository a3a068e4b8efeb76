import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { KnowledgeRecord } from '../../../../kb/schemas/record.ts';
import { seededRandom } from '../random.ts';

/** One query: what somebody who has the trouble of a record would ask. */
export interface RecallCase {
  readonly record: string;
  readonly category: string;
  readonly paraphrase: string;
  /** Kinds of findings that logs and metrics gave before any probe; some of the record's are missing, some are noise. */
  readonly kinds: readonly string[];
  /** The weights are chosen on one half and shown on the other. */
  readonly half: 'chosen-on' | 'shown';
}

/** Paraphrases by record id, from one YAML file a category. */
export async function readParaphrases(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
  const files = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  const form = z.record(z.string(), z.string().min(1));
  return new Map(files.flatMap((text, at) => Object.entries(form.parse(load(text, { filename: names[at] ?? '' })))));
}

// A log shows what a record lists more often than not, never all of it; with it come follow-ups of other ranks.
const keptShare = 0.6;
const noiseKinds = 2;

/** Cases of all incident records that have a paraphrase; `seed` draws which findings are seen. */
export function recallCases(
  records: readonly KnowledgeRecord[],
  paraphrases: ReadonlyMap<string, string>,
  seed: number,
): readonly RecallCase[] {
  const random = seededRandom(seed);
  const noise = [...new Set(records.flatMap((record) => kindsOf(record, 'weak')))].toSorted();
  return records.flatMap((record, at) => {
    const paraphrase = paraphrases.get(record.id);
    if (record.kind !== 'incident' || paraphrase === undefined) return [];
    const own = kindsOf(record).filter(() => random() < keptShare);
    const others = Array.from({ length: noiseKinds }, () => noise[Math.floor(random() * noise.length)] ?? '');
    const kinds = [...new Set([...own, ...others.filter((kind) => kind !== '')])];
    const half = at % 2 === 0 ? ('chosen-on' as const) : ('shown' as const);
    return [{ record: record.id, category: record.category, paraphrase, kinds, half }];
  });
}

/** Kinds that stand before the first probe: of logs and metrics. */
function kindsOf(record: KnowledgeRecord, strength?: 'weak'): readonly string[] {
  if (record.kind !== 'incident') return [];
  return record.signals.flatMap((signal) =>
    signal.kind !== undefined &&
    (signal.seenIn === 'log' || signal.seenIn === 'metric') &&
    (strength === undefined || signal.strength === strength)
      ? [signal.kind]
      : [],
  );
}

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
  /** What logs and metrics gave before any probe, by kind; some of the record's are missing, some are noise. */
  readonly findings: readonly SeenFinding[];
  /** How many of them are the record's own: without any, findings alone cannot tell. */
  readonly own: number;
  /** The weights are chosen on one half and shown on the other. */
  readonly half: 'chosen-on' | 'shown';
}

export interface SeenFinding {
  readonly kind: string;
  /** The line, where the record gives one. */
  readonly text: string;
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
  const noise = [...new Set(records.flatMap((record) => seenIn(record, 'weak').map(({ kind }) => kind)))].toSorted();
  return records.flatMap((record, at) => {
    const paraphrase = paraphrases.get(record.id);
    if (record.kind !== 'incident' || paraphrase === undefined) return [];
    const own = seenIn(record).filter(() => random() < keptShare);
    const others = Array.from({ length: noiseKinds }, () => noise[Math.floor(random() * noise.length)] ?? '');
    const known = new Set(own.map(({ kind }) => kind));
    const strange = [...new Set(others)].filter((kind) => kind !== '' && !known.has(kind));
    const findings = [...own, ...strange.map((kind) => ({ kind, text: '' }))];
    const half = at % 2 === 0 ? ('chosen-on' as const) : ('shown' as const);
    return [{ record: record.id, category: record.category, paraphrase, findings, own: own.length, half }];
  });
}

/** What stands before the first probe: in logs and metrics. */
function seenIn(record: KnowledgeRecord, strength?: 'weak'): readonly SeenFinding[] {
  if (record.kind !== 'incident') return [];
  return record.signals.flatMap((signal) =>
    signal.kind !== undefined &&
    (signal.seenIn === 'log' || signal.seenIn === 'metric') &&
    (strength === undefined || signal.strength === strength)
      ? [{ kind: signal.kind, text: signal.line ?? '' }]
      : [],
  );
}

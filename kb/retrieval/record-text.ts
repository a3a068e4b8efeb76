import type { KnowledgeRecord } from '../schemas/record.ts';

/** What of a record is searched and embedded. The cause's category is left out: it is the answer, not the question. */
export function recordText(record: KnowledgeRecord): string {
  return [record.problemkey.join(', '), record.rawtext, ...(record.kind === 'incident' ? [record.result] : [])].join(
    '\n',
  );
}

/** Exact strings of a record: lines and kinds of what announces it. */
export function signalText(record: KnowledgeRecord): string {
  if (record.kind === 'fact') return record.figures.map(({ name }) => name).join('\n');
  return record.signals
    .flatMap(({ line, kind, text }) => [line ?? '', kind ?? '', text ?? ''])
    .filter(Boolean)
    .join('\n');
}

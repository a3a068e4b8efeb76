import type { RecordProblem } from '../../kb/knowledge/parse-record.ts';
import { recallableOf, type Recallable } from '../../kb/retrieval/recallable.ts';
import type { KnowledgeRecord } from '../../kb/schemas/record.ts';
import { readRecordFiles } from './record-files.ts';

/** The records that ship and count, and the files that could not be read; these leave the others as they are. */
export async function shippedRecords(folder?: string): Promise<{
  readonly records: readonly KnowledgeRecord[];
  readonly problems: readonly RecordProblem[];
}> {
  const { placed, problems } = await readRecordFiles(folder);
  return { records: placed.map(({ record }) => record).filter(({ status }) => status === 'accepted'), problems };
}

/** The same as they are recalled. */
export async function shippedRecallables(folder?: string): Promise<{
  readonly recallables: readonly Recallable[];
  readonly problems: readonly RecordProblem[];
}> {
  const { records, problems } = await shippedRecords(folder);
  return { recallables: records.map((record) => recallableOf(record)), problems };
}

/** One line for people about files that could not be read; null when all were. */
export function unreadRecords(problems: readonly RecordProblem[]): string | null {
  const files = new Set(problems.map(({ place }) => place));
  const [first] = problems;
  return first === undefined
    ? null
    : `${files.size} of the records cannot be read and are left out (${first.place}: ${first.message}); see \`wardround kb check\``;
}

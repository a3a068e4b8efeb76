import { fnv1a } from '../fnv1a.ts';

/** Of the records, one in this many may be recalled in mode `fair` (the paper shows 20 % of its data; section 5.1.2). */
const visibleOneIn = 5;

/** Whether a record is of the part that mode `fair` shows. Follows from its id alone: new records move no old one. */
export function isVisible(recordId: string): boolean {
  const hash = fnv1a(recordId);
  return ((hash ^ (hash >>> 16)) >>> 0) % visibleOneIn === 0;
}

/** What recall may show for a question: `fair` the visible part; `deployed` all but the record that it was made from. */
export type RecallMode = 'fair' | 'deployed';

export function mayRecall(mode: RecallMode, recordId: string, questionRecord: string): boolean {
  return mode === 'fair' ? isVisible(recordId) : recordId !== questionRecord;
}

/** Of the records, one in this many may be recalled in mode `fair` (the paper shows 20 % of its data; section 5.1.2). */
const visibleOneIn = 5;

/** Whether a record is of the part that mode `fair` shows. Follows from its id alone: new records move no old one. */
export function isVisible(recordId: string): boolean {
  return fnv1a(recordId) % visibleOneIn === 0;
}

/** What recall may show for a question: `fair` the visible part; `deployed` all but the record that it was made from. */
export type RecallMode = 'fair' | 'deployed';

export function mayRecall(mode: RecallMode, recordId: string, questionRecord: string): boolean {
  return mode === 'fair' ? isVisible(recordId) : recordId !== questionRecord;
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 16)) >>> 0;
}

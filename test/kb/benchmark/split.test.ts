import { describe, expect, it } from 'vitest';
import { shippedRecords } from '../../../activities/adapters/shipped-records.ts';
import { isVisible, mayRecall } from '../../../kb/benchmark/split.ts';

const { records } = await shippedRecords();
const ids = records.flatMap(({ id, kind }) => (kind === 'incident' ? [id] : []));

describe('the split of the records', () => {
  it('shows about one in five', () => {
    const share = ids.filter(isVisible).length / ids.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.25);
  });

  it('lets mode fair recall the visible ones only, and deployed all but the one that was asked about', () => {
    const hidden = ids.find((id) => !isVisible(id)) ?? '';
    expect(ids.filter((id) => mayRecall('fair', id, hidden))).toEqual(ids.filter(isVisible));
    expect(ids.filter((id) => !mayRecall('deployed', id, hidden))).toEqual([hidden]);
  });
});

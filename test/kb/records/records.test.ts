import { describe, expect, it } from 'vitest';
import { readRecordFiles } from '../../../activities/adapters/record-files.ts';
import { checkRecords } from '../../../kb/knowledge/check-records.ts';
import { nameable } from '../../../kb/knowledge/nameable.ts';
import { probes } from '../../../kb/probes/index.ts';
import { reservedProbeIds } from '../../../kb/probes/reserved.ts';
import { remediations } from '../../../kb/remediations/index.ts';
import { reservedRemediationIds } from '../../../kb/remediations/reserved.ts';
import { categories } from '../../../kb/taxonomy.ts';
import { incidentSources } from '../../support/incident-sources.ts';

const { placed, problems } = await readRecordFiles();
const incidents = placed.flatMap(({ record }) => (record.kind === 'incident' ? [record] : []));

// Fewer confirmed public cases were found; the number is what there is.
const scarce: Readonly<Partial<Record<string, number>>> = {};

describe('the records that ship', () => {
  it('can all be read and keep every rule', () => {
    expect(problems).toEqual([]);
    expect(checkRecords(placed, nameable)).toEqual([]);
  });

  it('are 290 incidents and more, with five of each category', () => {
    expect(incidents.length).toBeGreaterThanOrEqual(290);
    const short = categories.filter(
      (id) => incidents.filter(({ category }) => category === id).length < (scarce[id] ?? 5),
    );
    expect(short).toEqual([]);
  });

  it('have several causes behind the sights that mislead most', () => {
    const causes = (signature: string) =>
      new Set(incidents.filter((record) => record.signature === signature).map(({ category }) => category)).size;
    const misleading = ['watchdog-timeout', 'ib-error-12', 'unhandled-system-error', 'killed-without-trace'];
    expect(misleading.filter((signature) => causes(signature) < 3)).toEqual([]);
  });

  it('come from other threads than the incidents that the diagnosis is measured on', () => {
    const measured = new Set(incidentSources());
    expect(measured.size).toBeGreaterThan(50);
    expect(incidents.map(({ source }) => source).filter((source) => measured.has(threadOf(source)))).toEqual([]);
  });

  it('are all accepted, and of revision 1 or more', () => {
    expect(placed.filter(({ record }) => record.status !== 'accepted')).toEqual([]);
  });
});

describe('reserved ids', () => {
  it('are not those of probes and remediations that exist', () => {
    const declared: readonly string[] = [...probes, ...remediations].map(({ id }) => id);
    expect([...reservedProbeIds, ...reservedRemediationIds].filter((id) => declared.includes(id))).toEqual([]);
  });
});

function threadOf(source: string): string {
  return source.replace(/[#?].*$/, '').replace(/\/$/, '');
}

import { describe, expect, it } from 'vitest';
import { checkRecords, type PlacedRecord } from '../../../kb/knowledge/check-records.ts';
import { nameable } from '../../../kb/knowledge/nameable.ts';
import type { KnowledgeRecord } from '../../../kb/schemas/record.ts';
import { exampleRecord } from '../../support/example-record.ts';

const placed = (record: KnowledgeRecord): PlacedRecord => ({
  place: `${record.kind === 'incident' ? record.category : 'facts'}/${record.id}.yaml`,
  record,
});

/** Rules that a base of these records breaks; balance needs a whole base and is looked at alone. */
function broken(...records: readonly KnowledgeRecord[]): readonly string[] {
  return checkRecords(records.map(placed), nameable)
    .filter(({ rule }) => rule !== 'balance')
    .map(({ rule, message }) => `${rule}: ${message}`);
}

const line = (text: string, kind?: string) => [
  { seenIn: 'log', line: text, strength: 'strong', ...(kind === undefined ? {} : { kind }) },
];

describe('the check of records', () => {
  it('finds nothing in a good one', () => {
    expect(broken(exampleRecord())).toEqual([]);
  });

  it('names an unknown probe, remediation and kind; a reserved id is known', () => {
    const record = exampleRecord({
      probes: [
        { id: 'gpu.no-such', present: 'is there', absent: 'is not' },
        { id: 'gpu.mig', present: 'enabled', absent: 'disabled' },
      ],
      remedy: { remediations: ['rm.-rf'] },
      signals: [{ seenIn: 'probe', kind: 'no.such.kind', strength: 'weak' }],
    });
    expect(broken(record)).toEqual([
      expect.stringContaining('no probe gpu.no-such'),
      expect.stringContaining('no remediation rm.-rf'),
      expect.stringContaining('no kind no.such.kind'),
    ]);
  });

  it('holds lines against the detectors, both ways', () => {
    const xid = 'NVRM: Xid (PCI:0000:b3:00): 79, pid=1, GPU has fallen off the bus.';
    expect(broken(exampleRecord({ signals: line(xid, 'nvidia.xid.79') }))).toEqual([]);
    expect(broken(exampleRecord({ signals: line(xid, 'nvidia.xid.48') }))[0]).toMatch(/is read as nvidia.xid.79/);
    expect(broken(exampleRecord({ signals: line(xid) }))[0]).toMatch(/name it as its kind/);
    expect(broken(exampleRecord({ signals: line('all is well', 'nvidia.xid.79') }))[0]).toMatch(/read as nothing/);
  });

  const text = (more: string) => exampleRecord({ rawtext: `${exampleRecord().rawtext} It was ${more}.` });

  it.each([
    'at 172.16.4.9',
    `in ${['', 'home', 'jdoe', 'run'].join('/')}`,
    'reported by jane@example.org',
    'on gpu17.cluster.internal',
    'with b8:3f:d2:aa:01:02',
    'GPU-4f5c1c5e-1234-5678-9abc-def012345678',
    'run with token=hf_abcdefghijklmnopqrstuvwxyz',
  ])('finds what tells whose machine it was: %s', (secret) => {
    expect(broken(text(secret))).toEqual([expect.stringMatching(/^private: /)]);
  });

  it.each(['at 10.0.0.2', 'at 192.0.2.1', 'in /data/run', 'with version 2.18.3.1', 'of kind nccl.ib.local-protection'])(
    'takes what could be anybody: %s',
    (neutral) => {
      expect(broken(text(neutral))).toEqual([]);
    },
  );

  it('finds one thread in two records, one id twice, and a twin in other clothes', () => {
    const twin = exampleRecord({ id: 'another-name', source: 'https://docs.example.com/thread/2' });
    expect(broken(exampleRecord(), twin)).toEqual([expect.stringMatching(/twin: is 100 % like/)]);
    const other = exampleRecord({
      id: 'disk-full-at-checkpoint',
      problemkey: ['no space', 'checkpoint'],
      rawtext:
        'Writing stopped in the middle of a checkpoint. The file system had no inode left, though half of it was free.',
      result: 'Millions of small files had used up the inodes of the scratch file system.',
    });
    expect(broken(exampleRecord(), other)).toEqual([expect.stringMatching(/unique: source/)]);
  });

  it('wants the file where its category and id say', () => {
    const record = exampleRecord();
    const rules = checkRecords([{ place: 'disk-full/x.yaml', record }], nameable).filter(
      ({ rule }) => rule === 'place',
    );
    expect(rules).toHaveLength(2);
  });

  it('wants ambiguous sights to have several causes, and none too many records', () => {
    const many = Array.from({ length: 16 }, (_unused, number) =>
      exampleRecord({ id: `slow-steps-${number}`, source: `https://docs.example.com/${number}` }),
    );
    const balance = checkRecords(many.map(placed), nameable).filter(({ place }) => place === 'signature slow-steps');
    expect(balance.map(({ message }) => message)).toEqual(['16 records, at most 15', '1 different causes, at least 3']);
  });
});

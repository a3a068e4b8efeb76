import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCorrection, readHumanAction, readNote } from '../../../workflows/domain/people.ts';
import { readMerged } from '../../../workflows/domain/merged.ts';
import { humanActionReminders, proposalReminders } from '../../../workflows/domain/reminders.ts';
import { recoveryOf } from '../../../workflows/domain/severity.ts';
import { healthySeverity } from '../../support/scripted-activities.ts';

describe('readers of what people type', () => {
  it('never throw, and take nothing without a name', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        for (const read of [readNote, readCorrection, readHumanAction]) {
          const result = read(payload, 1);
          expect(result.ok ? result.value.by.trim() : result.reason).not.toBe('');
        }
        readMerged(payload, 1);
      }),
    );
  });

  it('name the field that is wrong', () => {
    const good = { by: 'Ada', correctionId: 'c', category: 'disk-full', node: 'node-03', gpu: 2, reason: 'df says so' };
    expect(readCorrection(good, 5)).toEqual({ ok: true, value: { ...good, atMs: 5 } });
    const cases = [
      [{ by: '<your name>' }, 'by'],
      [{ correctionId: ' ' }, 'correctionId'],
      [{ category: 'gremlins' }, 'category'],
      [{ node: 'node 3; rm' }, 'node'],
      [{ gpu: 16 }, 'gpu'],
      [{ node: undefined }, 'gpu'],
      [{ reason: 7 }, 'reason'],
    ] as const;
    for (const [change, field] of cases) {
      const read = readCorrection({ ...good, ...change }, 5);
      expect(read.ok ? 'taken' : read.reason).toContain(`"${field}"`);
    }
  });

  it('cut long texts', () => {
    const read = readNote({ by: 'Ada', text: 'x'.repeat(10_000) }, 1);
    expect(read.ok && read.value.text.length).toBe(500);
  });
});

describe('reminders', () => {
  it('of a proposal come half way and, as an escalation, while there is time to decide', () => {
    expect(proposalReminders(0, 600)).toEqual([
      { atMs: 300, kind: 'proposal-reminder' },
      { atMs: 500, kind: 'proposal-escalation' },
    ]);
  });

  it('of a hand-over are spread and bounded', () => {
    expect(humanActionReminders(0, 400).map(({ atMs }) => atMs)).toEqual([100, 200, 300]);
  });
});

describe('a recovery', () => {
  it('needs something positive, and nothing against it', () => {
    expect(recoveryOf(healthySeverity, 0).recovered).toBe(true);
    expect(recoveryOf({ ...healthySeverity, slowdownRatio: null }, 2).recovered).toBe(true);
    expect(recoveryOf({ ...healthySeverity, slowdownRatio: null }, 0)).toMatchObject({ recovered: false });
    const against = [
      { faults: 1 },
      { failingProbes: 1 },
      { unreadProbes: 1 },
      { firingAlerts: 1 },
      { slowdownRatio: 1.2 },
    ];
    const judged = against.map((change) => recoveryOf({ ...healthySeverity, ...change }, 2).recovered);
    expect(judged).toEqual(against.map(() => false));
  });
});

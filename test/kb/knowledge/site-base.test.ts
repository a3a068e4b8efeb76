import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { siteBase } from '../../../kb/knowledge/site-base.ts';
import { parseSiteEvent, type SiteEvent } from '../../../kb/knowledge/site-events.ts';
import { standingAgainst } from '../../../kb/knowledge/site-trail.ts';
import { aRecord, dayMs, events, startMs, stored } from '../../support/site-events.ts';

const record = aRecord();
const { id } = record;
const at = (day: number) => startMs + day * dayMs;
const statusOf = (all: readonly SiteEvent[]) => siteBase(all, at(3)).records.get(id)?.status;
const recalled = (all: readonly SiteEvent[]) => siteBase(all, at(3)).recallables.map((one) => one.id);

describe('a candidate', () => {
  it('is not recalled before anybody has read it or seen it again', () => {
    expect(statusOf([events.typed(record)])).toBe('candidate');
    expect(statusOf([events.learned(record, 'run-1')])).toBe('candidate');
    expect(recalled([events.learned(record, 'run-1')])).toEqual([]);
  });

  it('is recalled once it is accepted', () => {
    expect(recalled([events.typed(record), events.accepted(events.typed(record))])).toEqual([id]);
  });

  it('is recalled once a second, independent incident says the same', () => {
    expect(recalled([events.learned(record, 'run-1'), events.confirmed(id, 'run-2')])).toEqual([id]);
    expect(recalled([events.typed(record), events.confirmed(id, 'run-2')])).toEqual([id]);
  });

  it('is not confirmed by the same alert that comes again', () => {
    const again = events.confirmed(id, 'run-2');
    if (again.kind !== 'confirmed') throw new TypeError('a confirmation was expected');
    const recurred = { ...again, incident: { ...again.incident, workflowId: 'incident/site-a/run-1' } };
    expect(statusOf([events.learned(record, 'run-1'), recurred])).toBe('candidate');
  });

  it('is not confirmed by the incident that it comes from', () => {
    expect(statusOf([events.learned(record, 'run-1'), events.confirmed(id, 'run-1')])).toBe('candidate');
  });

  it('counts once when two incidents propose it at the same time', () => {
    const base = siteBase([events.learned(record, 'run-1'), events.learned(record, 'run-2')], at(3));
    expect(base.records.size).toBe(1);
    expect(base.records.get(id)).toMatchObject({ status: 'accepted', witnesses: 2 });
  });

  it('stays out once it is rejected, whatever confirms it later', () => {
    const rejected = [events.learned(record, 'run-1'), events.rejected(id), events.confirmed(id, 'run-2', 2)];
    expect(statusOf(rejected)).toBe('rejected');
  });

  it('that names a remediation which there is not is never recalled, and says so', () => {
    const planted = aRecord({ remedy: { remediations: ['rm.everything'] } });
    const base = siteBase([events.typed(planted), events.accepted(events.typed(planted))], at(3));
    expect(base.recallables).toEqual([]);
    expect(base.problems).toEqual([{ place: id, message: 'names what there is not: rm.everything' }]);
  });

  it('of an id that ships is left out, and says so', () => {
    const all = [events.typed(record), events.accepted(events.typed(record))];
    const base = siteBase(all, at(3), { shippedIds: new Set([id]) });
    expect(base.recallables).toEqual([]);
    expect(base.problems).toHaveLength(1);
  });
});

describe('an acceptance', () => {
  const read = events.typed(record, 2);
  const other = events.typed(aRecord({ result: 'Another text under the same number, written on a slow clock.' }), 0);

  it('is of the text that was read, also when an older one under its number turns up', () => {
    const base = siteBase([read, events.accepted(read, 3), other], at(3));
    expect(base.records.get(id)?.record).toMatchObject({ result: record.result });
    expect(base.problems).toEqual([{ place: id, message: expect.stringContaining('several texts under revision 1') }]);
  });

  it('of a text that lost its number does not let another one through', () => {
    const refused = [read, events.accepted(read, 3), other, events.rejected(id, 3)];
    expect(recalled(refused)).toEqual([]);
    expect(recalled([other, events.accepted(id, 3)])).toEqual([]);
  });
});

describe('a revocation', () => {
  const accepted = [events.typed(record), events.accepted(events.typed(record))];
  const revoked = events.revoked(id);

  it('takes a record out, keeps its trail, and no confirmation brings it back', () => {
    const base = siteBase(
      [...accepted, revoked, events.confirmed(id, 'run-7', 3), events.confirmed(id, 'run-8', 3)],
      at(3),
    );
    expect(base.records.get(id)?.status).toBe('revoked');
    expect(base.recallables).toEqual([]);
    expect(base.trustOf(id)).toBe(0);
    expect(base.trailOf(id).map(({ kind }) => kind)).toEqual([
      'proposed',
      'accepted',
      'revoked',
      'confirmed',
      'confirmed',
    ]);
  });

  it('is lifted by an acceptance that knew it alone, even if clocks say otherwise', () => {
    expect(statusOf([...accepted, revoked, events.accepted(events.typed(record), 9)])).toBe('revoked');
    const lifts = standingAgainst([...accepted, revoked], 1);
    expect(lifts).toEqual([revoked.id]);
    expect(statusOf([...accepted, revoked, events.accepted(events.typed(record), 0, lifts)])).toBe('accepted');
  });

  it('takes out what ships and documents too', () => {
    const imported = events.imported('net/ib.md', ['first piece', 'second piece']);
    expect(siteBase([imported], at(1)).recallables).toHaveLength(2);
    const base = siteBase([imported, events.revoked('net/ib.md'), events.revoked('shipped-record')], at(3));
    expect(base.recallables).toEqual([]);
    expect(base.revokedIds.has('shipped-record')).toBe(true);
    expect(base.trustOf('shipped-record')).toBe(0);
    expect(base.documents.get('net/ib.md')?.status).toBe('revoked');
  });

  it('of a document or a piece holds under another file name too, and says so', () => {
    const old = events.imported('net/ib.md', ['bad advice', 'good advice']);
    const gone = stored({
      kind: 'document-removed',
      atMs: at(1),
      by: 'grace',
      reason: '',
      path: 'net/ib.md',
      previous: old.id,
    });
    const renamed = events.imported('net/infiniband.md', ['bad advice', 'new advice'], null, 1);
    const texts = (all: readonly SiteEvent[]) => siteBase(all, at(3)).recallables.map(({ text }) => text);
    expect(texts([old, gone, renamed])).toHaveLength(2);
    const base = siteBase([old, gone, renamed, events.revoked('net/ib.md')], at(3));
    expect(base.recallables.map(({ text }) => text)).toEqual([expect.stringContaining('new advice')]);
    expect(base.problems).toEqual([
      { place: 'net/infiniband.md', message: '1 of its pieces say what was revoked under another name' },
    ]);
    const piece = old.kind === 'document-imported' ? (old.chunks[0]?.id ?? '') : '';
    expect(texts([old, gone, renamed, events.revoked(piece)])).toHaveLength(1);
  });

  it('of what was merged takes its evidence back as well', () => {
    const merged = aRecord({ id: 'power-brake-left-on' });
    const all = [events.learned(record, 'run-1'), events.learned(merged, 'run-2'), events.merged(merged.id, id)];
    expect(statusOf(all)).toBe('accepted');
    expect(statusOf([...all, events.revoked(merged.id, 3)])).toBe('candidate');
  });
});

describe('a new revision', () => {
  const second = aRecord({
    revision: 2,
    result: 'The brake of the shelf stayed asserted; the supply was a wrong model.',
  });

  it('waits for review while the accepted one counts', () => {
    const base = siteBase(
      [events.typed(record), events.accepted(events.typed(record)), events.typed(second, 2)],
      at(3),
    );
    expect(base.records.get(id)).toMatchObject({
      status: 'accepted',
      revision: 1,
      waiting: { revision: 2, record: second },
    });
  });

  it('replaces it once it is accepted itself', () => {
    const all = [
      events.typed(record),
      events.accepted(events.typed(record)),
      events.typed(second, 2),
      events.accepted(events.typed(second), 3),
    ];
    expect(siteBase(all, at(3)).records.get(id)).toMatchObject({
      status: 'accepted',
      revision: 2,
      waiting: null,
    });
  });
});

describe('a merge', () => {
  const other = aRecord({ id: 'power-brake-left-on' });

  it('gives the evidence of one record to the other', () => {
    const all = [events.learned(record, 'run-1'), events.learned(other, 'run-2'), events.merged(other.id, id)];
    const base = siteBase(all, at(3));
    expect(base.records.get(other.id)).toMatchObject({ status: 'merged', mergedInto: id });
    expect(base.records.get(id)).toMatchObject({ status: 'accepted', witnesses: 2 });
  });

  it('in a circle is reported, and each stands for itself', () => {
    const all = [events.typed(record), events.typed(other), events.merged(other.id, id), events.merged(id, other.id)];
    const base = siteBase(all, at(3));
    expect(base.problems).toHaveLength(2);
    expect([...base.records.values()].map(({ status }) => status)).toEqual(['candidate', 'candidate']);
  });
});

describe('trust', () => {
  const shipped = (right: boolean, day = 1) => events.outcome(`run-${day}`, [{ id: 'ships', rank: 1, right }], day);

  it('of a shipped record falls when it was wrong, and comes back as that grows old', () => {
    expect(siteBase([], at(1)).trustOf('ships')).toBe(1);
    expect(siteBase([shipped(false)], at(1)).trustOf('ships')).toBeCloseTo(0.8);
    expect(siteBase([shipped(false)], at(181)).trustOf('ships')).toBeCloseTo(4 / 4.5);
  });

  it('of a learned record grows with what it got right', () => {
    const learned = [events.learned(record, 'run-1', 1)];
    const right = events.outcome('run-9', [{ id, rank: 1, right: true }]);
    const wrong = events.outcome('run-9', [{ id, rank: 1, right: false }]);
    const scores = [[wrong], [], [right]].map((more) => siteBase([...learned, ...more], at(1)).trustOf(id));
    expect(scores.map((score) => Number(score.toFixed(3)))).toEqual([0.5, 0.667, 0.75]);
  });

  it('suffers less from a wrong place at the end of a recall', () => {
    const at2 = siteBase([events.outcome('r', [{ id: 'ships', rank: 5, right: false }])], at(1)).trustOf('ships');
    expect(at2).toBeCloseTo(4 / 4.2);
  });
});

describe('documents', () => {
  const first = events.imported('a.md', ['one', 'two']);
  const second = events.imported('a.md', ['one', 'three'], first.id, 1);

  it('show the state that nothing has replaced, also when an older text comes back', () => {
    const back = events.imported('a.md', ['one', 'two'], second.id, 2);
    expect(back.id).not.toBe(first.id);
    const texts = (all: readonly SiteEvent[]) =>
      siteBase(all, at(3))
        .documents.get('a.md')
        ?.chunks.map(({ text }) => text);
    expect(texts([first, second])).toEqual(['one', 'three']);
    expect(texts([second, back, first])).toEqual(['one', 'two']);
  });

  it('have no category, so they can speak for no cause', () => {
    expect(siteBase([first], at(3)).recallables.map(({ category, kind }) => [category, kind])).toEqual([
      [null, 'runbook'],
      [null, 'runbook'],
    ]);
  });
});

describe('the fold', () => {
  const other = aRecord({ id: 'power-brake-left-on' });
  const first = events.imported('a.md', ['one', 'two']);
  const retold = events.typed(aRecord({ revision: 2, result: 'Another cause of the same, told anew by a person.' }), 2);
  const all = [
    events.learned(record, 'run-1'),
    events.learned(record, 'run-2', 4),
    events.typed(other, 1),
    retold,
    events.accepted(retold, 3),
    events.rejected(other.id, 3),
    events.confirmed(other.id, 'run-3', 3),
    events.merged(other.id, id, 5),
    events.outcome('run-5', [{ id, rank: 1, right: false }], 6),
    events.revoked('ships', 7),
    first,
    events.imported('a.md', ['one', 'three'], first.id, 1),
    events.revoked('a.md', 8),
  ];
  const plain = (some: readonly SiteEvent[]) => {
    const base = siteBase(some, at(30));
    return JSON.stringify({
      records: [...base.records],
      documents: [...base.documents],
      recallables: base.recallables,
      revoked: [...base.revokedIds],
      trust: [base.trustOf(id), base.trustOf('ships')],
      problems: base.problems,
    });
  };

  it('gives the same for any order of arrival, and for repeats', () => {
    const expected = plain(all);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), fc.subarray(all), (shuffled, again) => {
        expect(plain([...shuffled, ...again])).toBe(expected);
      }),
    );
  });

  it('never recalls what any event has revoked, however much is known of the rest', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(all), (some) => {
        const base = siteBase(some, at(30));
        expect(base.recallables.filter((one) => base.revokedIds.has(one.id))).toEqual([]);
        expect(base.recallables.every(({ trust }) => trust > 0 && trust <= 1)).toBe(true);
      }),
    );
  });
});

describe('reading an event', () => {
  it('takes a path of any length that a document may have, so that each can be revoked', () => {
    const path = `books/${'x'.repeat(290)}.md`;
    expect(parseSiteEvent('x', events.imported(path, ['one'])).problem).toBeUndefined();
    expect(parseSiteEvent('x', events.revoked(path)).problem).toBeUndefined();
  });

  it('refuses a time that no date can name', () => {
    expect(parseSiteEvent('x', { ...events.typed(record), atMs: 9e15 }).problem).toBeDefined();
  });

  it('reports a version that it does not know, and the field that is wrong', () => {
    const event = events.typed(record);
    expect(parseSiteEvent('x', event).event).toEqual(event);
    expect(parseSiteEvent('x', { ...event, schema: 2 }).problem?.message).toContain('schema version 2');
    expect(parseSiteEvent('x', { ...event, by: '' }).problem).toMatchObject({
      place: 'x',
      message: expect.stringContaining('by'),
    });
    expect(parseSiteEvent('x', 'nonsense').event).toBeUndefined();
  });
});

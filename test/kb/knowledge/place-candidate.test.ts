import { describe, expect, it } from 'vitest';
import { placeCandidate } from '../../../kb/knowledge/place-candidate.ts';
import { siteBase } from '../../../kb/knowledge/site-base.ts';
import { aRecord, events, startMs } from '../../support/site-events.ts';

const known = aRecord();
const empty = siteBase([], startMs);
const probe = (kind: string) => ({ seenIn: 'probe' as const, kind, strength: 'strong' as const });
const unlike = {
  id: 'quite-another-story',
  rawtext:
    'After a move to new shelves every third machine crept along. Someone had set a lower limit there by mistake months ago.',
  result: 'A limit was left in place by mistake after machines were moved.',
  problemkey: ['limit left', 'crept along'],
};

describe('a candidate', () => {
  it('is new where nothing tells the same', () => {
    expect(placeCandidate(empty, [known], aRecord({ ...unlike, signals: [probe('gpu.power.limited')] }))).toBe('new');
    expect(placeCandidate(empty, [known], aRecord({ ...unlike, category: 'facility-fault' }))).toBe('new');
  });

  it('confirms a record of the same cause and leading sign, shipped or of the site', () => {
    const same = aRecord(unlike);
    expect(placeCandidate(empty, [known], same)).toEqual({ confirms: known.id });
    expect(placeCandidate(siteBase([events.typed(known)], startMs), [], same)).toEqual({ confirms: known.id });
  });

  it('confirms the one with which it shares most', () => {
    const both = aRecord({ ...unlike, id: 'closer-one', signals: [probe('a.b'), probe('c.d')] });
    const one = aRecord({ id: 'further-one', signals: [probe('a.b'), probe('e.f')] });
    const candidate = aRecord({ id: 'the-new-one', signals: [probe('a.b'), probe('c.d')] });
    expect(placeCandidate(empty, [one, both], candidate)).toEqual({ confirms: 'closer-one' });
  });

  it('confirms a record that says it in nearly the same words', () => {
    const told = aRecord({
      id: 'told-again-here',
      signals: [{ seenIn: 'people', text: 'slow steps', strength: 'weak' }],
    });
    expect(placeCandidate(empty, [known], told)).toEqual({ confirms: known.id });
  });

  it('does not take two repairs for one because they are written from one template', () => {
    const byRepair = { confirmedBy: { who: 'repair', how: 'It was measured before and after.' } } as const;
    const first = aRecord({ ...byRepair, id: 'learned-first', signals: [probe('a.b')] });
    expect(
      placeCandidate(empty, [first], aRecord({ ...byRepair, id: 'learned-second', signals: [probe('c.d')] })),
    ).toBe('new');
  });

  it('does not confirm what the site has revoked, but adds to the trail of its own id', () => {
    const revoked = siteBase([events.revoked(known.id)], startMs);
    expect(placeCandidate(revoked, [known], aRecord({ ...unlike }))).toBe('new');
    const own = siteBase([events.typed(known), events.revoked(known.id)], startMs);
    expect(placeCandidate(own, [], known)).toEqual({ confirms: known.id });
    expect(placeCandidate(own, [], aRecord({ ...unlike }))).toBe('new');
  });

  it('goes to the record into which its own was merged', () => {
    const base = siteBase([events.typed(known), events.merged(known.id, 'shipped-one')], startMs);
    expect(placeCandidate(base, [], known)).toEqual({ confirms: 'shipped-one' });
  });
});

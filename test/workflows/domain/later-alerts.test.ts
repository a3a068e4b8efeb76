import { describe, expect, it } from 'vitest';
import type { AlertObservation, ObservedAlert } from '../../../workflows/domain/alert.ts';
import {
  afterClosing,
  hearAlerts,
  laterAlertsMax,
  nextAbout,
  type HeardAlerts,
} from '../../../workflows/domain/later-alerts.ts';

const nothing: HeardAlerts = { heard: [], later: [] };

function alert(fingerprint: string, more: Partial<ObservedAlert> = {}): ObservedAlert {
  return { fingerprint, status: 'firing', startsAtMs: 1_000, labels: {}, summary: '', ...more };
}

function delivery(alerts: readonly ObservedAlert[], status: AlertObservation['status'] = 'firing'): AlertObservation {
  return { receivedAtMs: 2_000, status, groupLabels: {}, alerts, truncated: 0 };
}

const names = ({ later }: HeardAlerts) => later.map(({ fingerprint }) => fingerprint);

describe('alerts of a group', () => {
  it('are known when the incident is begun with them', () => {
    const heard = hearAlerts(nothing, delivery([alert('a'), alert('b')]), true);
    expect(heard).toEqual({ heard: ['a', 'b'], later: [] });
    expect(names(hearAlerts(heard, delivery([alert('b'), alert('a')]), false))).toEqual([]);
  });

  it('are later ones when they come after that, once each', () => {
    const known = hearAlerts(nothing, delivery([alert('a')]), true);
    const once = hearAlerts(known, delivery([alert('a'), alert('b')]), false);
    const twice = hearAlerts(once, delivery([alert('b'), alert('c')]), false);
    expect(names(twice)).toEqual(['b', 'c']);
    expect(twice.heard).toEqual(['a']);
  });

  it('are gone when they themselves are said to have ended, and not when another is', () => {
    const later = { heard: ['a'], later: [alert('b'), alert('c')] };
    const bEnded = delivery([alert('a'), alert('b', { status: 'resolved' })]);
    expect(names(hearAlerts(later, bEnded, false))).toEqual(['c']);
    const aEnded = delivery([alert('a', { status: 'resolved' })], 'resolved');
    expect(names(hearAlerts(later, aEnded, false))).toEqual(['b', 'c']);
  });

  it('that never fired or have no fingerprint are no news', () => {
    const seen = hearAlerts(nothing, delivery([alert('a', { status: 'resolved' }), alert('')]), false);
    expect(names(seen)).toEqual([]);
  });

  it('are kept within a bound', () => {
    const many = Array.from({ length: 50 }, (_, index) => alert(`f${index}`));
    expect(hearAlerts(nothing, delivery(many), false).later).toHaveLength(laterAlertsMax);
    let heard = nothing;
    for (let from = 0; from < 500; from += 50)
      heard = hearAlerts(heard, delivery(many.map((_, index) => alert(`g${from + index}`))), true);
    expect(heard.heard).toHaveLength(200);
    expect(heard.heard.at(-1)).toBe('g499');
    // One that fires again is not among the first to be forgotten.
    expect(hearAlerts(heard, delivery([alert('g300')]), true).heard.at(-1)).toBe('g300');
  });
});

describe('the next run', () => {
  it('is about what came later alone', () => {
    const next = nextAbout(delivery([alert('a', { startsAtMs: 1 }), alert('b')], 'resolved'), [alert('b')]);
    expect(next).toMatchObject({ status: 'firing', alerts: [{ fingerprint: 'b' }] });
    const latest = delivery([alert('a')]);
    expect(nextAbout(latest, [])).toBe(latest);
  });

  it.each([
    [{ kind: 'cancelled', during: 'planning' }, 'never'],
    [{ kind: 'merged', into: 'incident/x' }, 'at-once'],
    [{ kind: 'repaired', proposal: 1, problemkey: null }, 'when-still-there'],
    [{ kind: 'expired', proposal: 1 }, 'at-once'],
  ] as const)('after %j comes %s', (closing, when) => {
    expect(afterClosing(closing)).toBe(when);
  });
});

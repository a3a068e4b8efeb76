import { describe, expect, it } from 'vitest';
import type { AlertObservation, ObservedAlert } from '../../../workflows/domain/alert.ts';
import {
  afterClosing,
  besides,
  hearAlerts,
  laterAlertsMax,
  laterFirst,
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
  it('are known when they come before the verdict', () => {
    const heard = hearAlerts(nothing, delivery([alert('a'), alert('b')]), false);
    expect(heard).toEqual({ heard: ['a', 'b'], later: [] });
    expect(names(hearAlerts(heard, delivery([alert('b'), alert('a')]), true))).toEqual([]);
  });

  it('are later ones when they come after it, once each', () => {
    const known = hearAlerts(nothing, delivery([alert('a')]), false);
    const once = hearAlerts(known, delivery([alert('a'), alert('b')]), true);
    const twice = hearAlerts(once, delivery([alert('b'), alert('c')]), true);
    expect(names(twice)).toEqual(['b', 'c']);
    expect(twice.heard).toEqual(['a']);
  });

  it('are no longer there when they are said to have ended, one or the whole group', () => {
    const later = { heard: ['a'], later: [alert('b'), alert('c')] };
    expect(names(hearAlerts(later, delivery([alert('a'), alert('b', { status: 'resolved' })]), true))).toEqual(['c']);
    expect(names(hearAlerts(later, delivery([alert('a', { status: 'resolved' })], 'resolved'), true))).toEqual([]);
  });

  it('that never fired or have no fingerprint are no news', () => {
    const seen = hearAlerts(nothing, delivery([alert('a', { status: 'resolved' }), alert('')]), true);
    expect(names(seen)).toEqual([]);
  });

  it('are kept within a bound', () => {
    const many = Array.from({ length: 50 }, (_, index) => alert(`f${index}`));
    expect(hearAlerts(nothing, delivery(many), true).later).toHaveLength(laterAlertsMax);
    let heard = nothing;
    for (let from = 0; from < 500; from += 50)
      heard = hearAlerts(heard, delivery(many.map((_, index) => alert(`g${from + index}`))), false);
    expect(heard.heard).toHaveLength(200);
    expect(heard.heard.at(-1)).toBe('g499');
  });
});

describe('the next run', () => {
  it('is about what came later first, each alert once', () => {
    const next = laterFirst(delivery([alert('a'), alert('b', { startsAtMs: 9 })]), [alert('b')]);
    expect(next.alerts.map(({ fingerprint }) => fingerprint)).toEqual(['b', 'a']);
    expect(next.status).toBe('firing');
    const latest = delivery([alert('a')]);
    expect(laterFirst(latest, [])).toBe(latest);
  });

  it('is not needed for what a plan has taken out of service, nor for alerts that name no node then', () => {
    const later = [alert('a', { labels: { node: 'n1' } }), alert('b', { labels: { Hostname: 'n2' } }), alert('c')];
    expect(besides(['n1'], later).map(({ fingerprint }) => fingerprint)).toEqual(['b']);
  });

  it.each([
    [{ kind: 'cancelled', during: 'planning' }, 'never'],
    [{ kind: 'merged', into: 'incident/x' }, 'never'],
    [{ kind: 'repaired', proposal: 1, problemkey: null }, 'when-still-there'],
    [{ kind: 'expired', proposal: 1 }, 'at-once'],
  ] as const)('after %j comes %s', (closing, when) => {
    expect(afterClosing(closing)).toBe(when);
  });
});

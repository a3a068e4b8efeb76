import { describe, expect, it } from 'vitest';
import { dueWarning, noteRaised, notRaised } from '../../../workflows/domain/early-warning.ts';
import {
  backMs,
  carriedWatch,
  endOfWatch,
  gpusAt,
  goneLooksMax,
  hurryWallMsMin,
  isGone,
  missLook,
  newWatch,
  noteGone,
  noteLook,
  periodWallMs,
  readSettings,
  defaultWatchSettings,
  silentMsMax,
  type Look,
  type WatchState,
} from '../../../workflows/domain/perf-watch.ts';
import { renderWatchDetails, watchPhase } from '../../../workflows/domain/perf-watch-details.ts';

type Looked = Extract<Look, { kind: 'looked' }>;

const place = { cluster: 'site-a', job: 'pretrain' };
const everyMs = 30_000;
const startMs = 1_790_000_000_000;
const suspicion = {
  tier: 'absolute',
  component: 'compute-clock',
  node: 'node-07',
  gpu: 3,
  ratio: 2.9,
  sinceMs: startMs - 40_000,
  summary: 'pretrain is slow: 5,000 tokens/s, 34 % of the 14,700 predicted',
} as const;

function seen(at: number, verdict: Looked['verdict'], more: Partial<Looked> = {}): Looked {
  return {
    kind: 'looked',
    looks: 1,
    atMs: startMs + at * everyMs,
    rate: 20,
    verdict,
    speed: null,
    newestStepMs: startMs + at * everyMs,
    uneasy: false,
    suspicion: verdict === 'slow' ? suspicion : null,
    history: { version: 1 },
    layout: 'l1',
    degraded: [],
    ...more,
  };
}

/** A letter a look: Slow, Normal, checkpoint (C), stopped (X), missed (-). */
function after(looks: string, state: WatchState = newWatch(), from = 0): WatchState {
  const verdicts = { S: 'slow', N: 'normal', C: 'suppressed', X: 'stopped' } as const;
  return looks
    .split('')
    .reduce(
      (now, letter, at) =>
        letter === '-'
          ? missLook(now, 'no worker')
          : noteLook(now, seen(from + at, verdicts[letter as keyof typeof verdicts])),
      state,
    );
}

const accept = { kind: 'accepted', incidents: ['site-a/00ff'] } as const;

function told(state: WatchState): WatchState {
  const due = dueWarning(state, place);
  if (due === null) throw new Error('nothing is due');
  return noteRaised(state, due, accept);
}

describe('a warning', () => {
  it.each([
    ['S', false],
    ['NNSN', false],
    ['SNN', false],
    ['SNNS', false],
    ['SS', true],
    ['SNS', true],
    ['SCS', true],
    ['S-S', true],
    ['CCCC', false],
    ['XXXX', false],
    ['NNNNNNNN', false],
  ])('after the looks %s: %s', (looks, isOpen) => {
    expect(after(looks).warning !== null).toBe(isOpen);
  });

  it('starts with the look that found it, and keeps its place and start however often it is seen again', () => {
    const first = dueWarning(after('NSS'), place);
    expect(first).toMatchObject({ ...place, stage: 'firing', startsAtMs: startMs + 2 * everyMs, suspicion });
    const again = noteLook(after('NSS'), seen(3, 'slow', { suspicion: { ...suspicion, node: 'node-01' } }));
    expect(dueWarning(again, place)).toEqual(first);
  });

  it('is told once, repeated now and then as the same, and resolved when the speed is back for a while', () => {
    let state = told(after('SS'));
    expect(dueWarning(state, place)).toBeNull();
    state = after('SSSSS', state, 2);
    expect(dueWarning(state, place)).toBeNull();
    const repeats = after('S'.repeat(30), state, 7);
    expect(dueWarning(repeats, place)).toMatchObject({ stage: 'firing', startsAtMs: startMs + everyMs });
    const looksBack = backMs / everyMs;
    state = after('N'.repeat(looksBack), state, 7);
    expect(dueWarning(state, place)).toBeNull();
    state = after('N', state, 7 + looksBack);
    expect(dueWarning(state, place)).toMatchObject({ stage: 'resolved', why: 'the speed is back' });
    state = told(state);
    expect(state.warning).toBeNull();
    expect(gpusAt(state)).toBe('always');
    expect(state.past).toMatchObject([{ incidents: ['site-a/00ff'] }]);
    expect(dueWarning(state, place)).toBeNull();
  });

  it('goes on when the job is slow again before the end was told', () => {
    const back = after('NNNNN', told(after('SS')), 2);
    expect(back.warning?.resolvedAtMs).not.toBeNull();
    const again = after('S', back, 7);
    expect(again.warning).toMatchObject({ resolvedAtMs: null, startsAtMs: startMs + everyMs });
    expect(dueWarning(again, place)).toBeNull();
  });

  it('that the API can not take is tried at the next look, and one that it refuses after some looks', () => {
    const away = notRaised(after('SS'), 'Unreachable');
    expect(dueWarning(after('S', away, 2), place)).not.toBeNull();
    const due = dueWarning(away, place);
    if (due === null) throw new Error('nothing is due');
    const refused = noteRaised(away, due, { kind: 'refused', why: 'wrong token' });
    const later = after('SSS', refused, 2);
    expect(later.warning?.trouble).toContain('wrong token');
    expect(renderWatchDetails({ ...place, settings: defaultWatchSettings, state: later, ended: null })).toContain(
      'wrong token',
    );
    expect(told({ ...later, looks: 30 }).warning).not.toHaveProperty('trouble');
    expect(dueWarning(after('S', refused, 2), place)).toBeNull();
    expect(dueWarning(after('S'.repeat(20), refused, 2), place)).not.toBeNull();
  });

  it('ends with a job that stays silent, and with its watch', () => {
    const open = told(after('SS'));
    const looks = silentMsMax / everyMs;
    expect(after('X'.repeat(looks), open, 2).warning?.resolvedAtMs).toBeNull();
    const silent = after('X'.repeat(looks + 2), open, 2);
    expect(dueWarning(silent, place)).toMatchObject({ stage: 'resolved', why: 'the job does no step any more' });
    const unmeasured = Array.from({ length: looks + 2 }, (_one, at) => seen(2 + at, 'unmeasured'));
    expect(dueWarning(unmeasured.reduce(noteLook, open), place)?.why).toContain('no step of the job is measured');
    expect(dueWarning(endOfWatch(open, 'stopped by Ada'), place)).toMatchObject({
      stage: 'resolved',
      why: 'stopped by Ada',
    });
    const refused = noteRaised(
      open,
      { ...place, stage: 'firing', startsAtMs: 0, endsAtMs: null, why: null, suspicion },
      {
        kind: 'refused',
        why: 'wrong token',
      },
    );
    expect(dueWarning(endOfWatch(refused, 'stopped'), place)).toMatchObject({ stage: 'resolved' });
    expect(endOfWatch(newWatch(), 'stopped')).toEqual(newWatch());
  });

  it('does not end because the metrics are away', () => {
    const open = told(after('SS'));
    expect(after('-'.repeat(100), open, 2).warning?.resolvedAtMs).toBeNull();
  });
});

describe('votes', () => {
  it('are of other steps each: the same one seen again says nothing new', () => {
    const newestStepMs = startMs;
    const first = noteLook(newWatch(), seen(0, 'slow', { newestStepMs }));
    const same = noteLook(first, seen(1, 'slow', { newestStepMs }));
    expect(same.warning).toBeNull();
    expect(noteLook(same, seen(2, 'slow')).warning).not.toBeNull();
  });

  it('come sooner after a slow step, for a while', () => {
    const uneasy = noteLook(newWatch(), seen(0, 'normal', { uneasy: true }));
    expect(uneasy.hurried).toBe(1);
    const looks = Array.from({ length: 20 }, (_one, at) => seen(at, 'normal', { uneasy: true }));
    expect(Math.max(...looks.map((_look, at) => looks.slice(0, at + 1).reduce(noteLook, newWatch()).hurried))).toBe(12);
    expect(noteLook(uneasy, seen(1, 'normal')).hurried).toBe(0);
    expect(after('SSS').hurried).toBe(0);
  });

  it('do not outlive another layout of the ranks or a clock that went back', () => {
    expect(noteLook(after('S'), seen(1, 'slow', { layout: 'l2' })).warning).toBeNull();
    expect(noteLook(after('NS'), seen(0, 'slow')).warning).toBeNull();
  });
});

describe('a watch', () => {
  it('ends when look after look does not find its job, and not because one worker has an old inventory', () => {
    const gone = (looks: number, from = newWatch()) =>
      Array.from({ length: looks }, () => 'no such job').reduce(noteGone, from);
    expect(isGone(gone(goneLooksMax - 1))).toBe(false);
    expect(isGone(gone(goneLooksMax))).toBe(true);
    expect(isGone(gone(goneLooksMax - 1, after('N', gone(goneLooksMax - 1))))).toBe(false);
    expect(gone(1).degraded.join()).toContain('no such job');
  });

  it('goes on with what an earlier version carried over', () => {
    const { goneLooks: _unknown, ...earlier } = after('NS');
    // As the server gives it back: a field of a later version is missing.
    expect(carriedWatch(earlier as WatchState)).toEqual(after('NS'));
    expect(carriedWatch(undefined)).toEqual(newWatch());
  });

  it('that missed a look asks for less at the next one', () => {
    const first = missLook(newWatch(), 'the GPU metrics take too long');
    expect([gpusAt(newWatch()), gpusAt(first)]).toEqual(['always', 'never']);
    const hurried = noteLook(newWatch(), seen(0, 'normal', { uneasy: true }));
    expect(missLook(hurried, 'away').hurried).toBe(0);
  });

  it('looks at most once a second of wall time', () => {
    const settings = { ...defaultWatchSettings, intervalMs: 30_000 };
    const period = (rate: number, hurried = 0) => periodWallMs({ rate, hurried }, settings);
    expect([1, 20, 100].map((rate) => period(rate))).toEqual([30_000, 1_500, 1_000]);
    expect([1, 20, 100].map((rate) => period(rate, 1))).toEqual([10_000, 500, hurryWallMsMin]);
  });

  it('asks for the metrics of all GPUs now and then, and never while a warning is open', () => {
    const asked = Array.from({ length: 41 }, (_one, looks) => gpusAt(after('N'.repeat(looks))));
    expect(asked.flatMap((gpus, looks) => (gpus === 'always' ? [looks] : []))).toEqual([0, 20, 40]);
    expect(new Set(asked)).toEqual(new Set(['always', 'never']));
    expect(['NS', 'SN', 'SNNN'].map((looks) => gpusAt(after(looks)))).toEqual(['always', 'when-slow', 'never']);
    expect(gpusAt(after('SSSSSSSSSSSSSSSSSSSSSSSSS'))).toBe('never');
  });

  it('goes on looking at the GPUs while they alone show that a job is slow', () => {
    const peers = { ...suspicion, tier: 'peers' } as const;
    const open = [0, 1].map((at) => seen(at, 'slow', { suspicion: peers })).reduce(noteLook, newWatch());
    expect(open.warning?.suspicion.tier).toBe('peers');
    expect(gpusAt(told(open))).toBe('always');
  });

  it('takes settings within their bounds only', () => {
    const now = defaultWatchSettings;
    expect(readSettings({ intervalMs: 60_000 }, now)).toEqual({ ...now, intervalMs: 60_000 });
    for (const none of [{ intervalMs: 1 }, { intervalMs: '60' }, { falseAlarmsPerDay: 0 }, { intervalMs: NaN }])
      expect(readSettings(none, now)).toBeNull();
  });

  it('shows what it sees as text that no name can format', () => {
    const speed = {
      stepSeconds: 23.9,
      predictedStepSeconds: 8.4,
      baselineStepSeconds: 8.05,
      tokensPerSecond: 5_000,
      predictedTokensPerSecond: 14_700,
      powerWattsPerGpu: 168,
      predictedPowerWattsPerGpu: 342,
    };
    const state = told(noteLook(after('S'), seen(1, 'slow', { speed, degraded: ['no prediction: **x**'] })));
    const text = renderWatchDetails({ ...place, settings: defaultWatchSettings, state, ended: null });
    expect(text).toContain('| tokens/s | 5000 | 14700 | - |');
    expect(text).toContain('site-a/00ff');
    expect(text).not.toContain('**x**');
    expect(text.length).toBeLessThan(4_000);
    expect(watchPhase({ state, ended: null })).toBe('warning');
  });
});

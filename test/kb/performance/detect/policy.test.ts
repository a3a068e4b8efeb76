import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alarmPolicy } from '../../../../kb/performance/detect/policy.ts';

const wish = { falseAlarmsPerDay: 1, jobs: 100, sampleSeconds: 10, gpus: 80 };

describe('the alarm policy', () => {
  it('shares the allowed false alarms among tiers, jobs and looks', () => {
    const { history, absolute, peers } = alarmPolicy(wish);
    // 8,640 looks a day, 100 jobs, a third of one alarm.
    expect(history.runLength).toBeCloseTo(8640 * 300, 0);
    expect(absolute.probability).toBeCloseTo(1 / 300, 8);
    expect(absolute.sigmas).toBeCloseTo(2.71, 2);
    expect(peers.probability).toBeCloseTo(1 / 300 / (8640 * 80 * 7), 15);
  });

  it('says in words where each threshold comes from', () => {
    const { derivation } = alarmPolicy(wish);
    expect(derivation).toHaveLength(4);
    expect(derivation.join(' ')).toMatch(/1 false alarms a day over 100 jobs.*2\.71 sigma.*Siegmund.*80 GPUs/);
  });

  it('asks for more the fewer alarms are allowed, and the more is looked at', () => {
    const positive = fc.double({ min: 0.01, max: 1000, noNaN: true });
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 1000 }), (alarms, jobs) => {
        const one = alarmPolicy({ ...wish, falseAlarmsPerDay: alarms, jobs });
        const stricter = alarmPolicy({ ...wish, falseAlarmsPerDay: alarms / 2, jobs });
        const wider = alarmPolicy({ ...wish, falseAlarmsPerDay: alarms, jobs: 2 * jobs, gpus: 160 });
        expect(stricter.history.runLength).toBeGreaterThan(one.history.runLength);
        expect(stricter.absolute.sigmas).toBeGreaterThanOrEqual(one.absolute.sigmas);
        expect(wider.peers.sigmas).toBeGreaterThan(one.peers.sigmas);
      }),
    );
  });

  it.each([{ falseAlarmsPerDay: 0 }, { jobs: -1 }, { sampleSeconds: Number.NaN }, { gpus: -8 }])(
    'refuses %o by name',
    (bad) => {
      expect(() => alarmPolicy({ ...wish, ...bad })).toThrow(Object.keys(bad)[0]);
    },
  );
});

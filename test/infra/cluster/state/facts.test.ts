import { describe, expect, it } from 'vitest';
import { resolve, type Beginning, type Onset } from '../../../../infra/cluster/state/facts/onset.ts';
import { factKinds } from '../../../../infra/cluster/state/facts/index.ts';

const base = { healthy: 1, value: 0.4, sinceMs: 1_000_000.25, seed: 7, name: 'gpu.fan-airflow node-01/gpu3' };
const cause = (onset: Onset, more: Partial<Beginning> = {}): Beginning => ({ ...base, onset, ...more });

/** Every value from the beginning on, by jumping from one change to the next. */
function changes(one: Beginning, count: number) {
  const seen = [];
  let ms = one.sinceMs;
  for (let at = 0; at < count && ms < Infinity; at += 1) {
    const now = resolve(one, ms);
    seen.push({ ms, ...now });
    ms = now.untilMs;
  }
  return seen;
}

describe('kinds of facts', () => {
  it('have names of their own that say their area', () => {
    expect(new Set(factKinds.map(({ name }) => name)).size).toBe(factKinds.length);
    expect(factKinds.filter(({ name }) => !/^[a-z-]+\.[a-z0-9-]+$/.test(name))).toEqual([]);
  });
});

describe('a cause', () => {
  it('that is sudden is there at once and stays', () => {
    expect(changes(cause({ shape: 'sudden' }), 5)).toEqual([
      { ms: base.sinceMs, value: 0.4, sinceMs: base.sinceMs, untilMs: Infinity },
    ]);
  });

  it('that creeps comes in twelve equal steps', () => {
    const steps = changes(cause({ shape: 'creeping', rampMs: 600_000 }), 50);
    expect(steps).toHaveLength(12);
    const falls = steps.map(({ value }, at) => Number(at === 0 ? 1 : steps[at - 1]?.value) - Number(value));
    for (const fall of falls) expect(fall).toBeCloseTo(0.05, 9);
    expect(steps.at(-1)?.value).toBe(0.4);
    expect(steps.at(-1)?.ms).toBeCloseTo(base.sinceMs + 550_000, 6);
  });

  it('that creeps and is no number comes at the end of the ramp', () => {
    const one = cause({ shape: 'creeping', rampMs: 60_000 }, { healthy: 'active', value: 'failed' });
    expect(changes(one, 5).map(({ value }) => value)).toEqual(['active', 'failed']);
  });

  it.each([1, 2, 3])('that comes and goes is there for about its share of the time, seed %i', (seed) => {
    const one = cause({ shape: 'intermittent', periodMs: 30_000, onShare: 0.3 }, { seed });
    const steps = changes(one, 1_001);
    expect(steps.map(({ value }) => value).slice(0, 4)).toEqual([0.4, 1, 0.4, 1]);
    for (const [at, step] of steps.entries()) {
      expect(step.sinceMs).toBe(step.ms);
      expect(step.untilMs).toBeGreaterThan(step.ms);
      expect(step.value).not.toBe(steps[at + 1]?.value);
    }
    const onMs = steps.filter(({ value }) => value === 0.4).reduce((sum, { ms, untilMs }) => sum + untilMs - ms, 0);
    expect(onMs / (500 * 30_000)).toBeGreaterThan(0.27);
    expect(onMs / (500 * 30_000)).toBeLessThan(0.33);
  });

  it('that comes and goes does so in another rhythm with another seed or name', () => {
    const onset: Onset = { shape: 'intermittent', periodMs: 30_000, onShare: 0.3 };
    const rhythm = (more: Partial<Beginning>) => JSON.stringify(changes(cause(onset, more), 20));
    expect(new Set([rhythm({}), rhythm({ seed: 8 }), rhythm({ name: 'another' })]).size).toBe(3);
    expect(rhythm({})).toBe(rhythm({}));
  });
});

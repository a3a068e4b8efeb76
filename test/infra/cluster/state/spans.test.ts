import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTimelines } from '../../../../infra/cluster/physics/cluster-timelines.ts';
import type { Timeline } from '../../../../infra/cluster/physics/timeline.ts';
import { factsOf } from '../../../../infra/cluster/state/facts/fact-at.ts';
import type { Onset } from '../../../../infra/cluster/state/facts/onset.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { factSpans, factSpansAt } from '../../../../infra/cluster/state/facts/spans.ts';
import { buildWorld } from '../../../../infra/cluster/world.ts';

const fromMs = Date.UTC(2026, 10, 21, 3);
const world = buildWorld({ seed: 4, cluster: 'site-a', nodes: 4, gpusPerNode: 8, jobs: 1 }, fromMs);
const fact = 'host.slowdown-ms';
const places = ['node-01', 'node-02'];

const onsets = fc.constantFrom<Onset>(
  { shape: 'sudden' },
  { shape: 'creeping', rampMs: 240_000 },
  { shape: 'intermittent', periodMs: 47_000, onShare: 0.4 },
  { shape: 'passing', lengthMs: 70_000 },
);
/** Causes that are set, set anew and cleared (0) at two places, with pauses between. */
const deeds = fc.array(
  fc.record({
    waitMs: fc.constantFrom(0, 1, 20_000, 150_000),
    place: fc.constantFrom(...places),
    value: fc.constantFrom(0, 1_000, 3_000),
    onset: onsets,
  }),
  { minLength: 1, maxLength: 8 },
);

/** How often the value at a place is another one than a moment before, looked at every 500 ms. */
function valuesOf(timeline: Timeline, place: string, toMs: number): readonly number[] {
  const values: number[] = [];
  for (let ms = fromMs; ms <= toMs; ms += 500)
    values.push(factsOf(timeline, fact, ms).find((one) => one.place === place)?.value ?? 0);
  return values;
}

describe('the stretches of a cause', () => {
  it('say at every moment what the cause is, whatever was asked and foreseen before', () => {
    fc.assert(
      fc.property(deeds, fc.array(fc.integer({ min: 0, max: 1_500_000 }), { maxLength: 6 }), (steps, questions) => {
        const timelines = createTimelines(world, []);
        const timeline = timelines.first;
        let atMs = fromMs + 60_000;
        for (const [at, { waitMs, place, value, onset }] of steps.entries()) {
          atMs += waitMs;
          // Some look into the past, some into a future that the next action changes.
          const askMs = fromMs + (questions[at % Math.max(1, questions.length)] ?? 0);
          factSpans(timeline, fact, fromMs, askMs);
          timelines.append({ seq: at + 1, atMs, by: 'root', changes: [setFact(fact, place, value, { onset })] });
        }
        const toMs = atMs + 300_000;
        for (const place of places) {
          const spans = factSpansAt(timeline, { fact, place }, fromMs, toMs);
          const seen = valuesOf(timeline, place, toMs).map((_, index) => {
            const ms = fromMs + index * 500;
            return spans.findLast((span) => span.fromMs <= ms && ms < span.toMs)?.value ?? 0;
          });
          expect(seen).toEqual(valuesOf(timeline, place, toMs));
        }
        const all = factSpans(timeline, fact, fromMs, toMs);
        expect(all.filter(({ place }) => place === 'node-01')).toEqual(
          factSpansAt(timeline, { fact, place: 'node-01' }, fromMs, toMs),
        );
        expect(all.every((span, at) => at === 0 || span.fromMs >= (all[at - 1]?.fromMs ?? 0))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('have no end yet where they end after what was asked for, though that was looked at before', () => {
    const timelines = createTimelines(world, []);
    const onset = { shape: 'passing', lengthMs: 60_000 } as const;
    timelines.append({ seq: 1, atMs: fromMs, by: 'root', changes: [setFact(fact, 'node-01', 2_000, { onset })] });
    const until = (toMs: number) => factSpans(timelines.first, fact, fromMs, toMs).map((span) => span.toMs);
    expect(until(fromMs + 120_000)).toEqual([fromMs + 60_000]);
    expect(until(fromMs + 30_000)).toEqual([Infinity]);
  });
});

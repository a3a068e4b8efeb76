import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, Injection, OnsetRange, Range } from '../../../../infra/cluster/faults/fault.ts';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { nextFactChangeMs } from '../../../../infra/cluster/state/facts/fact-at.ts';
import type { Onset } from '../../../../infra/cluster/state/facts/onset.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { allReadings, heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster | null = null;
let simulator: Simulator;
afterEach(() => {
  if (held === null) return;
  simulator.close();
  held.remove();
  held = null;
});

const shortest = ({ min }: Range) => min;
const onsetOf = (range: OnsetRange): Onset => {
  switch (range.shape) {
    case 'sudden':
      return { shape: 'sudden' };
    case 'creeping':
      return { shape: 'creeping', rampMs: shortest(range.rampMs) };
    case 'intermittent':
      return { shape: 'intermittent', periodMs: shortest(range.periodMs), onShare: shortest(range.onShare) };
    case 'passing':
      return { shape: 'passing', lengthMs: shortest(range.lengthMs) };
  }
};
const gradual = faults.flatMap((fault) =>
  fault.kind === 'dual'
    ? []
    : fault.onsets
        .filter(({ shape }) => shape === 'creeping' || shape === 'intermittent')
        .map((range) => [fault.id, range.shape, fault, range] as const),
);

describe('faults that grow, or come and go', () => {
  it.each(gradual)(
    '%s, %s: changes by itself, stays present, and leaves nothing undefined',
    (id, shape, fault, range) => {
      held = heldCluster({ nodes: 10, jobs: 2 });
      simulator = held.open();
      held.pass(minutes(3));
      const fromMs = simulator.time.nowMs();
      const { injection } = simulator.inject(id, { seed: 2, onset: onsetOf(range) });
      const changes = changesWithin(minutes(50));
      const least = isDead(fault) || !followsOnset(injection) ? 0 : shape === 'creeping' ? 1 : 5;
      expect(changes).toBeGreaterThanOrEqual(least);
      expect(simulator.activeFaults().map((one) => one.id)).toEqual([id]);
      const text = windowObjects(simulator.timeline, fromMs, simulator.time.nowMs()).map((one) => one.text);
      expect(text.join('')).not.toMatch(/undefined|NaN|\[object/);
      expect(allReadings(simulator)).not.toMatch(/null,null|NaN/);
    },
  );

  it('are many: most causes of hardware and of others do not come at once only', () => {
    const several = faults.filter(
      ({ kind, onsets }) => kind === 'fault' && onsets.some(({ shape }) => shape !== 'sudden'),
    );
    expect(several.length).toBeGreaterThanOrEqual(25);
    const drawn = faults.filter(
      ({ kind, onsets, ranges }) => kind === 'fault' && (onsets.length > 1 || Object.keys(ranges).length > 0),
    );
    expect(drawn.length).toBeGreaterThanOrEqual(55);
  });
});

/** How often some cause changed by itself. */
function changesWithin(ms: number): number {
  let count = 0;
  for (let leftMs = ms; leftMs > 0;) {
    const nextMs = nextFactChangeMs(simulator.settings(), simulator.time.nowMs()) - simulator.time.nowMs() + 1;
    if (nextMs > leftMs) {
      held?.pass(leftMs);
      return count;
    }
    held?.pass(nextMs);
    leftMs -= nextMs;
    count += 1;
  }
  return count;
}

/** Of what comes in steps the first one may be the only one that was drawn. */
function followsOnset({ changes, onset }: Injection): boolean {
  return changes.some((change) => change.kind === 'fact' && (change.onset ?? onset).shape !== 'sudden');
}

/** A job that has ended takes its own causes along. */
function isDead({ place }: Fault): boolean {
  return place === 'job' && simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind === 'ended';
}

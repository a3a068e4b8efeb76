import { expect, it } from 'vitest';
import { performanceFaults } from '../../../../infra/cluster/headless.ts';
import { movingTime } from '../../../../infra/cluster/headless/moving-time.ts';
import { loadOf } from '../../../../infra/cluster/physics/segment.ts';
import { stacksThrough } from '../../../../infra/cluster/physics/stacks.ts';
import { simulatorOf } from '../../../../infra/cluster/state/simulator.ts';
import { buildWorld } from '../../../../infra/cluster/world.ts';
import { minutes } from '../held-cluster.ts';

const startMs = Date.UTC(2026, 0, 1);
const everyMs = 200;

/** Twenty nodes with three jobs of different shapes, ten minutes after a fault. */
function struck(fault: string, seed: number) {
  const world = buildWorld({ seed, cluster: 'site-a', nodes: 20, gpusPerNode: 8, jobs: 3 }, startMs);
  const time = movingTime(startMs);
  const simulator = simulatorOf(world, time, { recorded: [], append: () => {}, close: () => {} });
  time.passTo(startMs + minutes(10));
  simulator.inject(fault, {});
  time.passTo(startMs + minutes(25));
  return simulator;
}

it.each(performanceFaults.map(({ id }) => id))('%s: stacks have the shares of what makes the step time', (fault) => {
  const { world, timeline } = struck(fault, 3);
  const fromMs = startMs + minutes(15);
  for (const node of world.nodes.filter(({ index }) => world.jobs.some((job) => job.nodes.includes(index)))) {
    const own = timeline.of(node);
    const names = stacksThrough(timeline, node, 3, fromMs, minutes(10) / everyMs, everyMs);
    const sum = { all: 0, wait: 0, input: 0, idle: 0, waiting: 0, loading: 0, working: 0 };
    for (const [at, name] of names.entries()) {
      const { shares } = loadOf(own.segmentAt(fromMs + at * everyMs), node.name, 3);
      if (shares === null || name === null || name === 'evaluation' || name === 'checkpoint-copy') continue;
      sum.all += 1;
      sum.wait += shares.wait;
      sum.input += shares.input;
      sum.idle += shares.idle;
      if (name === 'all-reduce') sum.waiting += 1;
      if (name === 'data-loading') sum.loading += 1;
      if (name === 'graph-compile' || name === 'garbage-collection') sum.working += 1;
    }
    const share = (count: number) => count / Math.max(1, sum.all);
    // Causes that come and go do so in the middle of a step.
    const edge = 0.07;
    expect(Math.abs(share(sum.waiting) - share(sum.wait))).toBeLessThan(edge);
    expect(share(sum.loading)).toBeGreaterThan(share(sum.input) - edge);
    expect(share(sum.loading + sum.working)).toBeLessThan(share(sum.idle) + edge);
  }
});

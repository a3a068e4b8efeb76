import { expect, it } from 'vitest';
import { createKillPlan, killsPerWindowMax, killWindowMs } from '../../../../workers/cli/bench/kill-plan.ts';
import { seededRandom } from '../../../../workers/cli/bench/random.ts';

const wanted = {
  processes: ['log-worker', 's3', 'temporal'],
  activities: ['gatherLogs', 'scanEvidence'],
  boundaries: ['begun', 'done'],
} as const;
const own = 'log-worker';

it('goes through every cell once and then has nothing more', () => {
  const plan = createKillPlan(wanted, seededRandom(1));
  expect(plan.remaining()).toHaveLength(12);
  const at = { activity: 'gatherLogs', boundary: 'done', process: own } as const;
  const chosen = [1, 2, 3].map((time) => {
    const cell = plan.choose(at, time * killWindowMs);
    if (cell !== null) plan.done(cell.process, [cell], time * killWindowMs);
    return cell?.process;
  });
  expect(new Set(chosen)).toEqual(new Set(wanted.processes));
  expect(plan.choose(at, 4 * killWindowMs)).toBeNull();
  expect(plan.remaining()).toHaveLength(9);
});

it('kills the worker of an activity first where it ends, and last where boundaries are still to come', () => {
  const plan = createKillPlan(wanted, seededRandom(1));
  expect(plan.choose({ activity: 'gatherLogs', boundary: 'done', process: own }, 0)?.process).toBe(own);
  const early = { activity: 'gatherLogs', boundary: 'begun', process: own } as const;
  for (const later of [0, 1]) {
    const cell = plan.choose(early, later);
    expect(cell?.process).not.toBe(own);
    if (cell !== null) plan.done(cell.process, [cell], later);
  }
  expect(plan.choose(early, 2)?.process).toBe(own);
});

it('spares a process that died so often that the supervisor would give it up, until a minute has passed', () => {
  const plan = createKillPlan({ ...wanted, processes: ['s3'] }, seededRandom(1));
  const at = { activity: 'scanEvidence', boundary: 'done', process: own } as const;
  for (let kill = 0; kill < killsPerWindowMax; kill += 1) plan.done('s3', [], 1_000);
  expect(plan.choose(at, 2_000)).toBeNull();
  expect(plan.choose(at, 1_000 + killWindowMs)?.process).toBe('s3');
});

it('the same seed gives the same order', () => {
  const order = (seed: number) => createKillPlan(wanted, seededRandom(seed)).remaining();
  expect(order(3)).toEqual(order(3));
  expect(order(3)).not.toEqual(order(4));
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';
import { iterationNow, logsBetween, onNode, segmentNow, slotLog } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;

const open = (seed: number, nodes = 5) => {
  held = heldCluster({ seed, nodes });
  simulator = held.open();
};
beforeEach(() => open(7));
afterEach(() => {
  simulator.close();
  held.remove();
});
const reopenWith = (seed: number, nodes = 5) => {
  simulator.close();
  held.remove();
  open(seed, nodes);
};
const stateOf = (node: string) =>
  / State=([A-Z+]+) /.exec(onNode(simulator, node, `scontrol -o show node ${node}`).stdout)?.[1];

describe.each([7, 8, 9])('planned maintenance, seed %i', (seed) => {
  beforeEach(() => reopenWith(seed));

  it('takes two fifths of the nodes, and the job goes on with the rest at the speed that they allow', () => {
    const beginMs = simulator.time.nowMs();
    const iteration = iterationNow(simulator);
    simulator.inject('planned-maintenance');
    held.pass(minutes(3));
    const reservation = onNode(simulator, 'node-01', 'scontrol -o show reservation').stdout;
    expect(reservation).toMatch(
      /^ReservationName=maint-node-0\d StartTime=.* NodeCnt=2 .*Flags=MAINT,IGNORE_JOBS,SPEC_NODES /,
    );
    const states = simulator.world.nodes.map((node) => stateOf(node.name) ?? '');
    expect(states.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'ALLOCATED',
      'ALLOCATED',
      'ALLOCATED',
      'IDLE+MAINTENANCE+RESERVED',
      'IDLE+MAINTENANCE+RESERVED',
    ]);
    const segment = segmentNow(simulator);
    expect(segment.meanStepMs).toBeCloseTo((8_000 * 5) / 3);
    if (segment.phase.kind !== 'running') throw new Error('the job runs on');
    const { nodes } = segment.phase.attempt;
    expect(nodes.map((index) => states[index])).toEqual(['ALLOCATED', 'ALLOCATED', 'ALLOCATED']);
    expect(iterationNow(simulator)).toBeLessThan(iteration + 12);
    for (const node of simulator.world.nodes)
      expect(readingOf(simulator, node.name, 1).utilizationPercent).toBe(nodes.includes(node.index) ? 100 : 0);
    const logs = logsBetween(simulator, beginMs, simulator.time.nowMs());
    const text = [...logs.values()].join('');
    expect(text).toMatch(/^slurmstepd: error: \*\*\* JOB \d+ ON node-01 CANCELLED AT \S+ DUE TO JOB REQUEUE \*\*\*$/m);
    expect(text).toContain('using world size: 24, data-parallel size: 3,');
    expect(slotLog(simulator, logs, nodes.at(-1) ?? 0, 7)).toContain('elapsed time per iteration (ms): 13');
  });

  it('ends when it is undone: the job spreads over all nodes again', () => {
    simulator.inject('planned-maintenance');
    held.pass(minutes(10));
    expect(simulator.activeFaults()).toHaveLength(1);
    simulator.heal('planned-maintenance');
    held.pass(minutes(3));
    expect(simulator.activeFaults()).toEqual([]);
    expect(segmentNow(simulator).meanStepMs).toBe(8_000);
    expect(onNode(simulator, 'node-01', 'scontrol -o show reservation').stdout).toBe('No reservations in the system\n');
  });
});

describe('maintenance that leaves too few nodes', () => {
  it('lets the job wait until the reservation ends', () => {
    reopenWith(7, 3);
    simulator.inject('planned-maintenance', { target: { node: 'node-01' } });
    held.pass(minutes(5));
    expect(onNode(simulator, 'node-03', 'scontrol -o show job').stdout).toMatch(
      / JobState=PENDING Reason=ReqNodeNotAvail,_May_be_reserved_for_other_job /,
    );
    held.pass(minutes(8 * 60));
    expect(segmentNow(simulator).phase).toMatchObject({ kind: 'running', attempt: { nodes: [0, 1, 2] } });
  });
});

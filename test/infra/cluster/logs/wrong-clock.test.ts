import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rankLines } from '../../../../infra/cluster/logs/rank.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { shifted } from '../../../../infra/cluster/logs/wrong-clock.ts';
import { clearFact, setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

const atMs = Date.UTC(2026, 10, 30, 23, 59, 30);

describe('a stamp of a clock that is 45 s ahead', () => {
  it.each([
    ['2026-11-30T23:59:30.123456+00:00 node-01 kernel: x', '2026-12-01T00:00:15.123456+00:00 node-01 kernel: x'],
    [' [2026-11-30 23:59:30] iteration 12003/', ' [2026-12-01 00:00:15] iteration 12003/'],
    ['  time      : 2026-11-30_23:59:30', '  time      : 2026-12-01_00:00:15'],
    ['[2026-11-30T23:59:30.123] slurmd', '[2026-12-01T00:00:15.123] slurmd'],
    ['[rank3]:[E1130 23:59:30.123000000 Process', '[rank3]:[E1201 00:00:15.123000000 Process'],
    ['W1130 23:59:30.123000 4711 torch', 'W1201 00:00:15.123000 4711 torch'],
    ['Nov 30 23:59:30 node-01 systemd[1]: x', 'Dec  1 00:00:15 node-01 systemd[1]: x'],
    ['[Nov 30 2026 23:59:30] [INFO] [tid 1]', '[Dec 01 2026 00:00:15] [INFO] [tid 1]'],
    [
      'Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024',
      'Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024',
    ],
    ['built 2024-05-31 09:35:42', 'built 2024-05-31 09:35:42'],
  ])('in %j', (right, ahead) => {
    expect(shifted(right, 45_000, atMs)).toBe(ahead);
    expect(shifted(right, 0, atMs)).toBe(right);
  });
});

describe('the logs of a node whose clock is wrong', () => {
  let held: HeldCluster;
  let simulator: Simulator;
  beforeEach(() => {
    held = heldCluster();
    simulator = held.open();
  });
  afterEach(() => {
    simulator.close();
    held.remove();
  });

  it('have other stamps, and are otherwise what they were', () => {
    const { timeline, world } = simulator;
    simulator.act([setFact('host.clock-offset-ms', 'node-04', 3_600_000)]);
    held.pass(minutes(2));
    const toMs = simulator.time.nowMs();
    const fromMs = toMs - minutes(1);
    const logOf = (rank: string) =>
      windowObjects(timeline, fromMs, toMs).find(({ key }) => key.includes(`/rank-${rank}/`))?.text ?? '';
    const node = world.nodes[3];
    if (node === undefined) throw new Error('the cluster has four nodes');
    // The last rank prints the iterations.
    const right = rankLines(timeline, node, 7, fromMs, toMs)
      .map((line) => `${line.text}\n`)
      .join('');
    expect(right).toMatch(/ \[2026-11-21 03:/);
    const ahead = right.replaceAll(' [2026-11-21 03:', ' [2026-11-21 04:');
    expect(logOf('00031')).toBe(ahead);
    // What was written stays written when somebody sets the clock.
    simulator.act([clearFact('host.clock-offset-ms', 'node-04')]);
    held.pass(minutes(2));
    expect(logOf('00031')).toBe(ahead);
  });
});

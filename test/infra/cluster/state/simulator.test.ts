import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { allReadings, heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';

const slow = { node: 'node-02', gpu: 5 };
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

const reopen = () => {
  simulator.close();
  simulator = held.open();
};
const actionLog = () => join(held.config.stateDir, 'actions.jsonl');
const asRoot = (name: string, line: string) => {
  const { world, timeline, time, act } = simulator;
  const node = findNode(world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return runLine({ world, timeline, node, nowMs: time.nowMs(), root: true, act }, line);
};

describe('a restart', () => {
  it('heals nothing and changes no reading', () => {
    simulator.inject('gpu-clock-lock', { target: slow });
    held.pass(minutes(2));
    const before = { readings: allReadings(simulator), faults: simulator.activeFaults() };
    reopen();
    expect({ readings: allReadings(simulator), faults: simulator.activeFaults() }).toEqual(before);
    expect(simulator.activeFaults()).toHaveLength(1);
  });

  it('keeps what root did, and the clock', () => {
    simulator.inject('gpu-clock-lock', { target: slow });
    asRoot(slow.node, `nvidia-smi -i ${slow.gpu} -rgc`);
    const { map } = simulator.time;
    held.pass(minutes(1));
    reopen();
    expect(simulator.activeFaults()).toEqual([]);
    expect(simulator.time.map).toEqual(map);
    expect(stepSeconds(simulator)).toBe(8);
  });

  it('drops a last line that a crash tore, and writes on after the whole ones', () => {
    simulator.inject('gpu-clock-lock', { target: slow });
    appendFileSync(actionLog(), '{"seq":2,"atMs":17');
    reopen();
    expect(simulator.activeFaults()).toHaveLength(1);
    simulator.inject('gpu-power-cap', { target: { node: 'node-01', gpu: 0 } });
    reopen();
    expect(simulator.activeFaults().map((one) => one.id)).toEqual(['gpu-clock-lock', 'gpu-power-cap']);
    expect(simulator.timeline.actions.map((action) => action.seq)).toEqual([1, 2]);
  });

  it('says which line is damaged instead of starting from a healthy cluster', () => {
    simulator.inject('gpu-clock-lock', { target: slow });
    simulator.close();
    writeFileSync(actionLog(), `not an action\n${readFileSync(actionLog(), 'utf8')}`);
    expect(() => held.open()).toThrow(/actions\.jsonl line 1 is not an action/);
    writeFileSync(actionLog(), '');
    simulator = held.open();
  });

  it('with another shape is refused', () => {
    expect(() => held.open({ nodes: 5 })).toThrow(/holds another cluster/);
    expect(() => held.open({ rate: 3 })).toThrow(/holds another cluster/);
  });
});

describe('a locked clock is healed', () => {
  beforeEach(() => {
    simulator.inject('gpu-clock-lock', { target: slow });
  });

  it.each([
    ['the clock reset on another node', 'node-03', `nvidia-smi -i ${slow.gpu} -rgc`],
    ['the clock reset on another GPU', slow.node, `nvidia-smi -i ${slow.gpu + 1} -rgc`],
    ['another power limit', slow.node, `nvidia-smi -i ${slow.gpu} -pl 400`],
    ['a lock at the same clock', slow.node, `nvidia-smi -i ${slow.gpu} -lgc 210,210`],
  ])('not by %s', (_what, node, line) => {
    const slowed = stepSeconds(simulator);
    expect(asRoot(node, line).exitCode).toBe(0);
    expect(simulator.activeFaults().map((one) => one.target)).toEqual([slow]);
    expect(stepSeconds(simulator)).toBe(slowed);
  });

  it.each([
    ['the clock reset on its GPU', `nvidia-smi -i ${slow.gpu} -rgc`],
    ['the clock reset on all GPUs of its node', 'nvidia-smi -rgc'],
    ['a lock at the full clock', `nvidia-smi -i ${slow.gpu} -lgc 210,1410`],
  ])('by %s', (_what, line) => {
    expect(asRoot(slow.node, line).exitCode).toBe(0);
    expect(simulator.activeFaults()).toEqual([]);
    expect(stepSeconds(simulator)).toBe(8);
  });

  it('and the same reset does nothing for a power cap', () => {
    simulator.heal('gpu-clock-lock');
    simulator.inject('gpu-power-cap', { target: slow });
    asRoot(slow.node, `nvidia-smi -i ${slow.gpu} -rgc`);
    expect(simulator.activeFaults()).toHaveLength(1);
    asRoot(slow.node, `nvidia-smi -i ${slow.gpu} -pl 400`);
    expect(simulator.activeFaults()).toEqual([]);
  });
});

describe('a fault', () => {
  it('is not injected twice into one place, nor where there is none', () => {
    simulator.inject('gpu-clock-lock', { target: slow });
    expect(() => simulator.inject('gpu-clock-lock', { target: slow })).toThrow(
      'gpu-clock-lock is already there on node-02 GPU 5',
    );
    expect(() => simulator.inject('gpu-clock-lock', { target: { node: 'node-99', gpu: 0 } })).toThrow(
      'there is no node node-99',
    );
    expect(() => simulator.inject('gpu-clock-lock', { target: { node: 'node-01', gpu: 8 } })).toThrow(
      'node-01 has no GPU 8',
    );
    expect(() => simulator.inject('gpu-clock-lock', { target: { node: 'node-01' } })).toThrow(
      'name a GPU of node-01, 0 to 7',
    );
    expect(() => simulator.inject('gremlins')).toThrow('there is no fault gremlins');
    expect(() => simulator.heal('gpu-power-cap')).toThrow('gpu-power-cap is not there');
  });

  it('is answered with its own place when it comes back while another is there', () => {
    const other = { node: 'node-01', gpu: 1 };
    simulator.inject('gpu-clock-lock', { target: slow });
    simulator.inject('gpu-clock-lock', { target: other });
    simulator.heal('gpu-clock-lock', slow);
    expect(simulator.inject('gpu-clock-lock', { target: slow }).target).toEqual(slow);
    expect(simulator.heal('gpu-clock-lock')).toHaveLength(2);
  });

  it('takes its place from another seed when asked to', () => {
    const places = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const { target } = simulator.inject('gpu-clock-lock', { seed });
      simulator.heal('gpu-clock-lock');
      return JSON.stringify(target);
    });
    expect(new Set(places).size).toBeGreaterThan(4);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { ofTrainer } from './job-reading.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(3));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const lines = (verb: Parameters<typeof ofTrainer>[1], node: string, gpu: number) =>
  ofTrainer(simulator, verb, node, gpu).split('\n').slice(0, -1);

describe('a healthy trainer', () => {
  it('has an environment that differs from its neighbours’ in its own place only', () => {
    const [one, other] = [lines('env', 'node-01', 1), lines('env', 'node-03', 1)];
    expect(one).toEqual(one.toSorted());
    const own = other.filter((line) => !one.includes(line)).map((line) => line.split('=')[0]);
    expect(own).toEqual(['GROUP_RANK', 'RANK', 'SLURM_NODEID', 'SLURM_PROCID']);
    expect(other).toContain('RANK=17');
    expect(other).toContain('WORLD_SIZE=32');
  });

  it('has the same arguments and libraries on all nodes', () => {
    for (const verb of ['args', 'libraries'] as const)
      expect(lines(verb, 'node-02', 5)).toEqual(lines(verb, 'node-04', 0));
    expect(lines('args', 'node-01', 0).slice(0, 3)).toEqual(['/usr/bin/python3', '-u', 'pretrain_gpt.py']);
    expect(lines('libraries', 'node-01', 0)).toContain(
      '/usr/lib/x86_64-linux-gnu/libnccl.so.2.22.3 /usr/lib/x86_64-linux-gnu/libnccl.so.2.22.3',
    );
  });

  // Layout of `py-spy dump`: NVIDIA/Megatron-LM issue 2422.
  it('has a stack in the layout of py-spy', () => {
    const dump = ofTrainer(simulator, 'stacks', 'node-02', 3);
    expect(dump).toMatch(
      /^Process (\d+): \*\*\*\nPython v3\.10\.12 \(\/usr\/bin\/python3\.10\)\n\nThread \1 \((active|idle)\): "MainThread"\n {4}\w+ \(\S+:\d+\)\n/,
    );
    expect(dump).toContain('    <module> (pretrain_gpt.py:264)\nThread ');
  });

  it('is profiled in its kernels nearly all the time: a healthy rank neither waits nor starves', () => {
    const samples = lines('profile', 'node-02', 3).map((line) => Number(line.slice(line.lastIndexOf(' '))));
    expect(samples.reduce((sum, one) => sum + one, 0)).toBe(250);
    const waiting = lines('profile', 'node-02', 3).filter((line) => line.includes('start_grad_sync'));
    expect(waiting).toEqual([]);
  });
});

describe('profiles of like ranks', () => {
  it('follow the physics: beside a GPU at 210 MHz the others wait two thirds of a step', () => {
    simulator.inject('gpu-clock-lock', { target: { node: 'node-02', gpu: 5 } });
    held.pass(minutes(3));
    const share = (node: string, gpu: number) => {
      let waiting = 0;
      let all = 0;
      for (let at = 0; at < 12; at += 1) {
        held.pass(4_700);
        for (const line of lines('profile', node, gpu)) {
          const count = Number(line.slice(line.lastIndexOf(' ')));
          all += count;
          if (line.includes('finish_grad_sync')) waiting += count;
        }
      }
      return waiting / all;
    };
    expect(share('node-02', 5)).toBe(0);
    // 24 s a step, of which 8 s are its own.
    expect(share('node-03', 1)).toBeGreaterThan(0.5);
    expect(share('node-03', 1)).toBeLessThan(0.8);
  });
});

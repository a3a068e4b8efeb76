import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { betweenSteps } from '../../../../infra/cluster/physics/between-steps.ts';
import {
  iterationOf,
  lastStepAt,
  stepBeginMs,
  stepDurationMs,
  stepEndMs,
} from '../../../../infra/cluster/physics/timeline.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';
import { onNode } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  // Steps are known as far as somebody asked.
  lastStepAt(simulator.timeline, simulator.time.nowMs());
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const rank = (number: string, fromMs: number, toMs: number) =>
  windowObjects(simulator.timeline, fromMs, toMs)
    .filter(({ key }) => key.includes(`/rank-${number}/`))
    .map(({ text }) => text)
    .join('');

describe('the arguments of a job', () => {
  it('are printed by its first rank when it starts, sorted, and agree with the words of its command line', () => {
    const { historyFromMs, job } = simulator.world;
    const text = rank('00000', historyFromMs, job.startMs);
    const block = /^-{24} arguments -{24}\n([\s\S]*?)^-{20} end of arguments -{21}$/m.exec(text)?.[1] ?? '';
    const lines = block.trimEnd().split('\n');
    expect(lines).toContain('  hidden_size ..................................... 5120');
    expect(lines).toContain('  tensor_model_parallel_size ...................... 8');
    expect(lines).toEqual(lines.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    const values = new Map(lines.map((line) => [/^ {2}(\w+) /.exec(line)?.[1], line.split(' ').at(-1)]));
    const words = onNode(simulator, 'node-01', 'sudo -n wardround-job args').stdout.split('\n');
    for (const name of ['num-layers', 'hidden-size', 'num-attention-heads', 'seq-length', 'global-batch-size'])
      expect([name, words[words.indexOf(`--${name}`) + 1]]).toEqual([name, values.get(name.replaceAll('-', '_'))]);
    expect(values.get('data_parallel_size')).toBe('4');
    expect(rank('00009', historyFromMs, job.startMs)).not.toContain('end of arguments');
  });

  it('show what an attempt was launched with', () => {
    simulator.inject('loss-nan-fp16');
    held.pass(minutes(2));
    const nowMs = simulator.time.nowMs();
    const text = rank('00000', nowMs - minutes(2), nowMs);
    expect(text).toContain('  bf16 ............................................ False');
    expect(text).toContain('  fp16 ............................................ True');
  });
});

describe('what is not a usual step', () => {
  const firstSteps = () => [1, 2, 3, 4, 5, 6].map((step) => stepDurationMs(simulator.timeline, step) / 8_000);

  it('the first steps of an attempt are slower', () => {
    const [first = 0, second = 0, , , ...later] = firstSteps();
    expect(first).toBeGreaterThan(1.5);
    expect(second).toBeLessThan(1.2);
    for (const one of later) expect(one).toBeLessThan(1.06);
  });

  it('a checkpoint stops the kernels for a moment between two steps, and is in neither', () => {
    const step = Array.from({ length: 60 }, (_, at) => at + 40).find(
      (one) => iterationOf(simulator.timeline, one) % 30 === 0 && iterationOf(simulator.timeline, one) % 100 !== 0,
    );
    if (step === undefined) throw new Error('sixty steps hold a checkpoint');
    const endMs = stepEndMs(simulator.timeline, step);
    const gapMs = stepBeginMs(simulator.timeline, step + 1) - endMs;
    expect(gapMs / 1_520).toBeCloseTo(1, 1);
    expect(betweenSteps(simulator.timeline, endMs + 500)).toBe('checkpoint');
    expect(betweenSteps(simulator.timeline, endMs + gapMs + 500)).toBeNull();
    expect(stepDurationMs(simulator.timeline, step + 1) / 8_000).toBeCloseTo(1, 1);
  });

  it('while it lasts GPUs draw little', () => {
    const { timeline, world } = simulator;
    const last = lastStepAt(timeline, simulator.time.nowMs());
    const next = last + 30 - (iterationOf(timeline, last) % 30);
    held.pass(stepEndMs(timeline, next) + 700 - simulator.time.nowMs());
    expect(readingOf(simulator, 'node-02', 3).powerW).toBeLessThan(120);
    held.pass(20_000);
    expect(readingOf(simulator, world.nodes[1]?.name ?? '', 3).powerW).toBeGreaterThan(300);
  });

  it('an evaluation after every hundredth iteration is told by the last rank', () => {
    const nowMs = simulator.time.nowMs();
    const text = rank('00031', nowMs - minutes(30), nowMs);
    const told = [...text.matchAll(/^ validation loss at iteration (\d+) \| lm loss value: (\d\.\d{6}E\+\d\d) \| /gm)];
    expect(told.map((match) => Number(match[1]))).toEqual([12_100, 12_200]);
    for (const [, , loss] of told) expect(Number(loss)).toBeLessThan(3);
    const begun = lastStepAt(simulator.timeline, nowMs);
    const step = begun - (iterationOf(simulator.timeline, begun) % 100);
    const tookMs = stepBeginMs(simulator.timeline, step + 1) - stepEndMs(simulator.timeline, step);
    expect(tookMs).toBeGreaterThan(10_000);
    expect(tookMs).toBeLessThan(16_000);
  });
});

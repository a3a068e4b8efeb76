import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { windowObjects, type LogObject } from '../../../../infra/cluster/logs/windows.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

// `training_log` of Megatron-LM (megatron/training/training.py), with --log-throughput.
const iterationPattern =
  /^ \[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] iteration {1,8}(\d+)\/ *(\d+) \| consumed samples: {1,12}(\d+) \| elapsed time per iteration \(ms\): (\d+\.\d) \| throughput per GPU \(TFLOP\/s\/GPU\): (\d+\.\d) \| learning rate: (\d\.\d{6}E-\d\d) \| global batch size: {1,5}(\d+) \| lm loss: (\d\.\d{6}E\+\d\d) \| loss scale: 1\.0 \| grad norm: (\d\.\d{3}) \| number of skipped iterations: {3}0 \| number of nan iterations: {3}0 \|$/;

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

const textOf = (objects: readonly LogObject[], part: string) =>
  objects
    .filter((object) => object.key.includes(part))
    .map((object) => object.text)
    .join('');
const windows = (fromMs: number, toMs: number) => windowObjects(simulator.timeline, fromMs, toMs);
const iterations = (text: string) =>
  text
    .split('\n')
    .map((line) => iterationPattern.exec(line))
    .filter((match) => match !== null);

describe('the last rank', () => {
  it('prints one line an iteration in the form of Megatron, without gap or repeat across windows', () => {
    const nowMs = simulator.time.nowMs();
    const parts = Array.from({ length: 20 }, (_, at) => nowMs - minutes(20 - at));
    const text = parts.map((from) => textOf(windows(from, from + minutes(1)), 'rank-00031')).join('');
    const lines = text.split('\n').filter((line) => line.includes('] iteration '));
    expect(lines.filter((line) => !iterationPattern.test(line))).toEqual([]);
    const numbers = iterations(text).map((match) => Number(match[2]));
    expect(numbers.length).toBeGreaterThan(140);
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
    expect(text).toBe(textOf(windows(nowMs - minutes(20), nowMs), 'rank-00031'));
  });

  it('writes what belongs together: time, elapsed time, samples and throughput', () => {
    const nowMs = simulator.time.nowMs();
    const matches = iterations(textOf(windows(nowMs - minutes(5), nowMs), 'rank-00031'));
    const [first, second] = matches;
    if (first === undefined || second === undefined) throw new Error('five minutes hold many iterations');
    const betweenMs = Date.parse(`${second[1]}Z`) - Date.parse(`${first[1]}Z`);
    expect(Math.abs(betweenMs - Number(second[5]))).toBeLessThanOrEqual(1_000);
    expect(Number(second[4]) - Number(first[4])).toBe(Number(second[8]));
    // 40 layers of 5,120, sequences of 4,096, a vocabulary of 51,200: equation 3 of arXiv:2104.04473 without recomputation.
    const perSequence = 72 * 4_096 * 40 * 5_120 ** 2 * (1 + 4_096 / (6 * 5_120) + 51_200 / (12 * 5_120 * 40));
    const teraflops = (perSequence * Number(second[8])) / (Number(second[5]) / 1000) / 32 / 1e12;
    expect(Number(second[6])).toBeCloseTo(teraflops, 0);
    expect(teraflops).toBeLessThan(312);
  });

  it('shows iterations three times as long once a clock is locked', () => {
    simulator.inject('gpu-clock-lock');
    held.pass(minutes(10));
    const nowMs = simulator.time.nowMs();
    const elapsed = iterations(textOf(windows(nowMs - minutes(5), nowMs), 'rank-00031')).map((match) =>
      Number(match[5]),
    );
    expect(elapsed.length).toBeGreaterThan(8);
    for (const ms of elapsed) expect(ms / 24_000).toBeCloseTo(1, 1);
  });
});

describe('the launch', () => {
  it('is told by all ranks: torchrun, NCCL rings and trees with their GPU, then the checkpoint', () => {
    const { startMs } = simulator.world.job;
    const objects = windows(simulator.world.historyFromMs, startMs + minutes(1));
    for (const rank of ['rank-00000', 'rank-00013', 'rank-00031']) {
      const text = textOf(objects, rank);
      expect(text).toMatch(/^node-0\d:\d+:\d+ \[\d\] NCCL INFO Bootstrap : Using bond0:10\.64\.0\.\d+<0>$/m);
      expect(text).toMatch(/ NCCL INFO ncclCommInitRank comm 0x[0-9a-f]+ rank \d+ nranks 32 .* - Init COMPLETE$/m);
    }
    expect(textOf(objects, 'rank-00013')).toMatch(/^node-02:\d+:\d+ \[5\] NCCL INFO .* rank 13 nranks 32 cudaDev 5 /m);
    const first = textOf(objects, 'rank-00000');
    expect(first.indexOf('Setting OMP_NUM_THREADS')).toBeLessThan(first.indexOf('Init COMPLETE'));
    expect(first.indexOf('Init COMPLETE')).toBeLessThan(first.indexOf('successfully loaded checkpoint'));
  });

  it('has a communicator that all ranks share, and no line before the recorded past', () => {
    const { historyFromMs, job } = simulator.world;
    const objects = windows(historyFromMs, job.startMs + minutes(1));
    const ids = new Set(
      objects.flatMap(({ text }) => [...text.matchAll(/commId (0x[0-9a-f]+)/g)].map((match) => match[1])),
    );
    expect(ids.size).toBe(1);
    expect(windows(historyFromMs - minutes(60), historyFromMs)).toEqual([]);
  });
});

it('a source that wrote nothing has no object, and every line stands in one window only', () => {
  const nowMs = simulator.time.nowMs();
  const whole = windows(nowMs - minutes(30), nowMs);
  const parts = Array.from({ length: 30 }, (_, at) =>
    windows(nowMs - minutes(30 - at), nowMs - minutes(29 - at)),
  ).flat();
  expect(parts.filter((object) => object.text === '')).toEqual([]);
  const linesOf = (objects: readonly LogObject[]) =>
    objects.flatMap(({ text }) => text.trimEnd().split('\n')).toSorted();
  expect(linesOf(parts)).toEqual(linesOf(whole));
});
